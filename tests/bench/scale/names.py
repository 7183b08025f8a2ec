"""Made-up people's names: short and long, with accents, hyphens and apostrophes."""

from __future__ import annotations

GIVEN = (
    "Alex", "Ana", "Andre", "Avery", "Blake", "Bo", "Camila", "Carlos", "Casey", "Chris", "Dana", "Deshawn",
    "Diego", "Drew", "Eli", "Emeka", "Farid", "Gus", "Hugo", "Ivan", "Jamie", "Jesús", "Jordan", "José", "Kai",
    "Kyle", "Lamar", "Lee", "Luis", "Malik", "Marco", "Mateo", "Mei", "Miguel", "Morgan", "Noor", "Omar", "Pat",
    "Quinn", "Raúl", "Ray", "Robin", "Sam", "Sasha", "Sofía", "Taylor", "Terry", "Tomás", "Wei", "Zoë",
)  # fmt: skip
FAMILY = (
    "Abebe", "Acosta", "Adams", "Álvarez", "Baker", "Barnes", "Brooks", "Castillo", "Chen", "Clark", "Cruz",
    "Davis", "Delgado", "Díaz", "Edwards", "Flores", "Foster", "García", "Gómez", "Green", "Gutiérrez", "Hall",
    "Harris", "Hernández", "Hill", "Jackson", "Johnson", "Jones", "Kim", "King", "Lee", "Lewis", "López",
    "Martin", "Mitchell", "Moore", "Morales", "Muñoz", "Nguyen", "O'Neil", "Okafor", "Ortiz", "Park", "Patel",
    "Peña", "Pérez", "Price", "Ramírez", "Reed", "Reyes", "Rivera", "Roberts", "Rogers", "Ruiz", "Sánchez",
    "Scott", "Silva", "Singh", "Smith", "Thompson", "Torres", "Tran", "Turner", "Vargas", "Walker", "White",
    "Williams", "Wright", "Young", "Zhang",
)  # fmt: skip
