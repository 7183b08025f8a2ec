/* What a visit reads from a page: loaded into each page that the tests open, answers when asked. */
(() => {
  const heard = {refused: [], shifts: 0};
  document.addEventListener('securitypolicyviolation', event => {
    heard.refused.push(`${event.effectiveDirective} refused ${event.blockedURI || 'inline'}`);
  });
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) heard.shifts += entry.value;
  }).observe({type: 'layout-shift', buffered: true});

  const name = element => {
    const words = (element.innerText || element.value || element.name || '').trim().replace(/\s+/g, ' ').slice(0, 40);
    const kind = element.className && element.className.baseVal === undefined ? `.${element.className.split(' ')[0]}` : '';
    return `<${element.tagName.toLowerCase()}${kind} ${words}>`;
  };
  const shown = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true});

  /* Elements that reach over the right edge: what a person would have to scroll sideways for. */
  const wide = () => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const found = [...document.body.querySelectorAll('*')].filter(
      one => shown(one) && one.getBoundingClientRect().right > room + 1 && !one.closest('.usa-table-container--scrollable')
    );
    const inner = found.filter(one => ![...one.children].some(child => found.includes(child)));
    return [`${document.documentElement.scrollWidth} wide in ${room}`, ...inner.slice(0, 3).map(name)];
  };

  /* Text in a box that hides what does not fit. What only screen readers get is one pixel large. */
  const clipped = () => {
    const found = [];
    for (const one of document.body.querySelectorAll('*')) {
      if (!one.firstChild || one.tagName === 'SELECT' || one.closest('svg')) continue;
      const hidesX = one.scrollWidth > one.clientWidth + 1, hidesY = one.scrollHeight > one.clientHeight + 1;
      if (!hidesX && !hidesY) continue;
      const style = getComputedStyle(one);
      const cuts = (hidesX && /hidden|clip/.test(style.overflowX)) || (hidesY && /hidden|clip/.test(style.overflowY));
      if (!cuts || one.clientWidth <= 1 || one.clientHeight <= 1 || !shown(one) || !one.innerText.trim()) continue;
      found.push(name(one));
    }
    return found.slice(0, 3);
  };

  const enlarged = () => {
    const root = document.documentElement;
    root.style.fontSize = '200%';
    const found = clipped();
    root.style.fontSize = '';
    return found;
  };

  /* What moves by itself, or takes time to appear, for somebody who asked for less motion. */
  const moving = () => document.getAnimations().filter(
    one => one.playState === 'running' && one.effect.getComputedTiming().duration > 10
  ).map(one => name(one.effect.target));

  const visited = [];
  let over = false, skipped = false;
  const sameLook = (one, other) => ['outlineStyle', 'outlineWidth', 'boxShadow', 'borderColor', 'backgroundColor', 'color',
    'textDecorationLine'].every(key => one[key] === other[key]);
  const lookOf = element => {
    const label = element.type === 'radio' || element.type === 'checkbox' ? element.labels && element.labels[0] : null;
    return [element, label].filter(Boolean).flatMap(one => [null, '::before'].map(part => {
      const style = getComputedStyle(one, part);
      return {outlineStyle: style.outlineStyle, outlineWidth: style.outlineWidth, boxShadow: style.boxShadow,
        borderColor: style.borderColor, backgroundColor: style.backgroundColor, color: style.color,
        textDecorationLine: style.textDecorationLine};
    }));
  };
  document.addEventListener('focusin', event => {
    const element = event.target;
    // At the end of the page the way begins anew.
    over = over || visited.some(one => one.element === element) || (visited.length > 0 && element.matches('.usa-skipnav'));
    if (over) return;
    visited.push({element, focused: lookOf(element), box: element.getBoundingClientRect()});
  });

  /* What is wrong with the way of the Tab key so far. */
  const walked = () => {
    const faults = [], main = document.querySelector('main');
    if (skipped && visited.length && !(main.compareDocumentPosition(visited[0].element) & Node.DOCUMENT_POSITION_FOLLOWING))
      faults.push(`"Skip to main content" leads to ${name(visited[0].element)}`);
    visited.forEach(({element, focused, box}, at) => {
      const before = visited[at - 1];
      if (before && element !== document.body && !(before.element.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING))
        faults.push(`focus goes back from ${name(before.element)} to ${name(element)}`);
      const own = element.type === 'radio' || element.type === 'checkbox' || element.type === 'file';
      if (!own && (box.width < 2 || box.height < 2)) faults.push(`focus on what can not be seen: ${name(element)}`);
      const now = document.activeElement === element ? null : lookOf(element);
      if (now && now.every((look, part) => sameLook(look, focused[part])))
        faults.push(`focus does not show on ${name(element)}`);
    });
    return faults;
  };

  window.portalLook = {
    page: () => ({
      title: document.title,
      headings: [...document.querySelectorAll('h1')].map(one => one.innerText.trim().replace(/\s+/g, ' ')),
      language: document.documentElement.lang,
      refused: heard.refused,
      shifts: heard.shifts,
      moving: moving(),
      early: [...document.querySelectorAll('[tabindex]')].filter(one => one.tabIndex > 0).map(name),
    }),
    wide, clipped, enlarged, walked,
    begin: past => { visited.length = 0; over = false; skipped = past; },
  };
})();
