import { text, wholeNumber } from '#kernel/config/settings';

const timeOfDay = /^([01]\d|2[0-3]):([0-5]\d)$/;

export const reportSettings = {
  VISITS_KEPT: wholeNumber(
    { min: 1, max: 1_000_000_000 },
    {
      fallback: 5_000_000,
      example: '5000000',
      meaning: 'events of visitors that are kept, the latest; anybody may tell them',
    },
  ),
  REPORT_AT: {
    ...text({
      fallback: '06:00',
      example: '06:00',
      meaning: 'when the numbers of yesterday are told every morning, by the clock of REPORT_ZONE',
    }),
    parse(value: string): string {
      if (!timeOfDay.test(value)) throw new Error('must be a time of day such as 06:00');
      return value;
    },
  },
  REPORT_ZONE: {
    ...text({
      fallback: 'UTC',
      example: 'Europe/Berlin',
      meaning: 'whose days they are: an IANA time zone',
    }),
    parse(value: string): string {
      if (!isZone(value)) throw new Error('must be an IANA time zone such as Europe/Berlin');
      return value;
    },
  },
};

/** An offset such as +02:50 is no zone, although it is taken for one. */
function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

/** The cron pattern of a time of day. */
export function dailyAt(time: string): string {
  const [, hour, minute] = timeOfDay.exec(time) ?? [];
  return `${Number(minute)} ${Number(hour)} * * *`;
}
