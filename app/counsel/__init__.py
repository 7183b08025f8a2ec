"""The participant's lawyer, admitted and removed by the participant alone: reads one case, changes nothing."""
