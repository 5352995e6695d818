const style = [
  'margin:0 auto;padding:32px 24px;max-width:34em;border-top:6px solid #0f766e',
  'font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;color:#1d2430',
].join(';');

/**
 * The page around a letter's paragraphs: nothing in it is fetched from anywhere, it is as wide as the
 * reader's screen, and it follows the colours that they chose.
 */
export function layOut(paragraphs: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"></head>
<body style="margin:0"><main style='${style}'>
${paragraphs}
</main></body></html>
`;
}
