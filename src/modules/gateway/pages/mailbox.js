// Shows the mailbox to an administrator. Letters are data here: their HTML is shown in a frame
// without scripts and without an origin, everything else as text.
const at = (id) => document.getElementById(id);
const pollMs = 3_000;

let token = sessionStorage.getItem('mailbox-token') ?? '';
let letters = [];
let shownId = '';

at('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch('/api/auth/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: at('email').value, password: at('password').value }),
  });
  const said = await answer.json();
  if (!answer.ok) return say(said.title);
  token = said.accessToken;
  sessionStorage.setItem('mailbox-token', token);
  at('password').value = '';
  await refresh();
});

at('search').addEventListener('input', list);

async function refresh() {
  if (token === '' || document.hidden) return;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch('/api/mailbox?limit=100', { headers }).catch(() => undefined);
  if (!answer) return say('The shop does not answer.');
  const said = await answer.json();
  if (answer.status === 401) return logOut('Log in again.');
  if (answer.status === 403) return logOut(said.title);
  if (!answer.ok) return say(said.title);
  at('login').hidden = true;
  at('search').hidden = false;
  letters = said.items;
  say(letters.length === 0 ? 'No letters yet.' : `${letters.length} letters, the newest first.`);
  list();
  if (!letters.some(({ id }) => id === shownId)) show(letters[0]);
}

function logOut(why) {
  token = '';
  sessionStorage.removeItem('mailbox-token');
  at('login').hidden = false;
  at('letter').hidden = true;
  say(why);
}

function list() {
  const words = at('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const entries = letters
    .filter(({ to, subject, text }) => {
      const all = `${to} ${subject} ${text}`.toLowerCase();
      return words.every((word) => all.includes(word));
    })
    .map((letter) => {
      const button = document.createElement('button');
      button.append(line('b', titleOf(letter)), line('span', `${letter.to}, ${timeOf(letter)}`));
      button.setAttribute('aria-current', String(letter.id === shownId));
      button.addEventListener('click', () => show(letter));
      const entry = document.createElement('li');
      entry.append(button);
      return entry;
    });
  at('letters').replaceChildren(...entries);
}

function show(letter) {
  at('letter').hidden = letter === undefined;
  if (!letter || letter.id === shownId) return;
  shownId = letter.id;
  const { channel, to, status, template, problem, html, text } = letter;
  at('subject').textContent = titleOf(letter);
  const facts = [channel === 'sms' ? 'Text message' : 'Mail', `to ${to}`, timeOf(letter)];
  at('about').textContent = [...facts, template, status, problem].filter(Boolean).join(' · ');
  at('html').hidden = html === '';
  at('html').srcdoc = html;
  at('text').hidden = html !== '';
  at('text').textContent = text || 'A code was in it: it is kept nowhere once it was sent.';
  list();
}

function titleOf({ subject, text }) {
  return subject || text.slice(0, 60);
}

function timeOf({ createdAt }) {
  return new Date(createdAt).toLocaleTimeString();
}

function line(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function say(text) {
  at('state').textContent = text;
}

setInterval(refresh, pollMs);
document.addEventListener('visibilitychange', refresh);
refresh();
