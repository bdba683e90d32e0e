// Runs in the page that flame-graph.mjs writes: makes the box that was clicked as wide as the picture, hides what is beside it.
const picture = document.querySelector('svg');
const whole = picture.viewBox.baseVal.width;
const letterWidth = Number(picture.dataset.letter);
const boxes = [...picture.querySelectorAll('g')].map((element) => ({
  element,
  x: Number(element.dataset.x),
  width: Number(element.dataset.w),
  depth: Number(element.dataset.d),
  name: element.dataset.n,
  rect: element.querySelector('rect'),
  text: element.querySelector('text'),
}));
const rounding = 1e-9;

function zoom(to) {
  for (const box of boxes) {
    const isCaller = box.depth < to.depth && box.x <= to.x + rounding && box.x + box.width >= to.x + to.width - rounding;
    const isInside = box.depth >= to.depth && box.x >= to.x - rounding && box.x + box.width <= to.x + to.width + rounding;
    box.element.style.display = isCaller || isInside ? '' : 'none';
    const left = isCaller ? 0 : ((box.x - to.x) / to.width) * whole;
    const wide = isCaller ? whole : (box.width / to.width) * whole;
    box.rect.setAttribute('x', left);
    box.rect.setAttribute('width', wide);
    box.text.setAttribute('x', left + 3);
    const letters = Math.floor((wide - 6) / letterWidth);
    box.text.textContent = letters < 3 ? '' : box.name.length > letters ? `${box.name.slice(0, letters - 1)}…` : box.name;
    box.element.style.opacity = isCaller ? 0.55 : 1;
  }
}

for (const box of boxes) box.element.addEventListener('click', () => zoom(box));
