// Narrows the documentation to the calls that hold every word typed into the filter.
const filter = document.querySelector('#filter');

filter?.addEventListener('input', () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of document.querySelectorAll('[data-words]')) {
    const text = entry.dataset.words.toLowerCase();
    entry.hidden = !words.every((word) => text.includes(word));
  }
  for (const section of document.querySelectorAll('nav section, section.module')) {
    section.hidden = !section.querySelector('[data-words]:not([hidden])');
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || document.activeElement === filter) return;
  event.preventDefault();
  filter?.focus();
});

// Examples name the shop as the reader reaches it.
const first = document.querySelector('#first');
if (first) first.textContent = first.textContent.replace(/^SHOP=.*$/m, `SHOP=${location.origin}`);
