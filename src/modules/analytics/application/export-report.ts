import { requireAdmin } from '#kernel/authorise';
import { digest } from '#kernel/digest';
import type { Handler } from '#kernel/handlers';

import type { analytics, Report } from '../contract.ts';
import type { MakeReport } from './generate-report.ts';

/** Writes rows as CSV (RFC 4180). */
export type Csv = { write(table: Pick<Report, 'columns' | 'rows'>): Promise<Uint8Array> };

export function exportReport(
  make: MakeReport,
  csv: Csv,
): Handler<typeof analytics.calls.exportReport> {
  return async (read, asked, { actor }) => {
    requireAdmin(actor);
    const report = await make(read, asked);
    const written = await csv.write(report);
    const day = report.from.slice(0, 10);
    return {
      head: {
        mediaType: 'text/csv; charset=utf-8',
        etag: `"${digest(written).slice(0, 32)}"`,
        size: written.length,
        cacheControl: 'no-store',
        disposition: `attachment; filename="${report.type}-${day}.csv"`,
      },
      bytes: inOne(written),
    };
  };
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
