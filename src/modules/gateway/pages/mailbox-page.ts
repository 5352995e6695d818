import { html } from './html.ts';
import { page } from './page.ts';

/** The mailbox, for administrators: its script reads it through the API, as anybody's would. */
export function mailboxPage(title: string): string {
  const body = html`
    <aside>
      <a class="brand" href="/">${title}</a>
      <input id="search" type="search" placeholder="Filter letters" aria-label="Filter letters" hidden>
      <ol id="letters"></ol>
      <p class="quiet" id="state"></p>
    </aside>
    <main>
      <form id="login">
        <h1>Mailbox</h1>
        <p>Every mail and text message that the shop has written, for administrators.</p>
        <label>E-mail <input id="email" type="email" autocomplete="username" value="admin@example.com" required></label>
        <label>Password <input id="password" type="password" autocomplete="current-password" required></label>
        <button>Log in</button>
        <p class="quiet">The first start has printed the password, once.</p>
      </form>
      <article id="letter" hidden>
        <header>
          <h1 id="subject"></h1>
          <p class="quiet" id="about"></p>
        </header>
        <iframe id="html" title="The letter" sandbox=""></iframe>
        <pre id="text"></pre>
      </article>
    </main>`;
  return page({ title: `${title}: the mailbox`, className: 'mailbox', body });
}
