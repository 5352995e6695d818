import type { Csv } from '../application/export-report.ts';

/** What a spreadsheet would take for a formula is told to be text (CWE-1236). */
export const csv: Csv = {
  async write({ columns, rows }) {
    const { stringify } = await import('csv-stringify/sync');
    const text = stringify([...rows], {
      header: true,
      columns: [...columns],
      escape_formulas: true,
    });
    return Buffer.from(text);
  },
};
