import type { Colour, Good, Shape } from '../domain/goods.ts';

/** A wall, a table, and the thing itself in light, full and shaded colour. */
type Palette = {
  readonly wall: string;
  readonly table: string;
  readonly light: string;
  readonly full: string;
  readonly shade: string;
};

const palettes: Readonly<Record<Colour, Palette>> = {
  clay: { wall: '#f6e9df', table: '#e4cdbd', light: '#e2906f', full: '#c96f4a', shade: '#9d5033' },
  moss: { wall: '#edf0e2', table: '#d5dac0', light: '#94a866', full: '#75894a', shade: '#566734' },
  night: { wall: '#e6ebf2', table: '#c9d3e0', light: '#5f7ba6', full: '#3f5a86', shade: '#2a3f63' },
};

/** The picture of a product as SVG, 800 by 800. */
export function drawingOf({ shape, colour }: Pick<Good, 'shape' | 'colour'>): string {
  const palette = palettes[colour];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="800" viewBox="0 0 800 800">
<defs><linearGradient id="body" x1="0" x2="1"><stop offset="0" stop-color="${palette.light}"/>
<stop offset=".45" stop-color="${palette.full}"/><stop offset="1" stop-color="${palette.shade}"/>
</linearGradient></defs>
<rect width="800" height="800" fill="${palette.wall}"/>
<rect y="590" width="800" height="210" fill="${palette.table}"/>
${shapes[shape](palette)}
</svg>`;
}

const shadow = (cx: number, cy: number, rx: number) =>
  `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${Math.round(rx / 8)}" fill="#000" opacity=".14"/>`;

const shapes: Readonly<Record<Shape, (palette: Palette) => string>> = {
  mug: ({ full, shade }) => `${shadow(400, 645, 190)}
<path d="M530 370q110 0 110 85t-120 95" fill="none" stroke="${full}" stroke-width="34"/>
<path d="M250 320h300v240q0 80-80 80H330q-80 0-80-80z" fill="url(#body)"/>
<ellipse cx="400" cy="320" rx="150" ry="32" fill="${shade}"/>
<ellipse cx="400" cy="328" rx="132" ry="23" fill="#4a2f22"/>
<g fill="none" stroke="#fff" stroke-width="10" stroke-linecap="round" opacity=".7">
<path d="M350 270q-22-34 0-66t0-66"/><path d="M440 270q-22-34 0-66t0-66"/></g>`,

  bowl: ({ shade, light }) => `${shadow(400, 645, 220)}
<path d="M150 400h500q-6 240-200 240h-100q-194 0-200-240z" fill="url(#body)"/>
<ellipse cx="400" cy="400" rx="250" ry="52" fill="${shade}"/>
<ellipse cx="400" cy="410" rx="222" ry="38" fill="${light}" opacity=".55"/>`,

  teapot: ({ full, shade }) => `${shadow(390, 645, 230)}
<path d="M575 520q90-20 100-130l48-26" fill="none" stroke="${full}" stroke-width="42"/>
<path d="M225 400q-120-20-110 90t130 80" fill="none" stroke="${full}" stroke-width="32"/>
<ellipse cx="400" cy="490" rx="200" ry="155" fill="url(#body)"/>
<path d="M290 360q110-60 220 0z" fill="${shade}"/><circle cx="400" cy="318" r="24" fill="${full}"/>`,

  vase: ({ full, shade, light }) => `${shadow(400, 645, 130)}
<g fill="none" stroke="#6f7d4a" stroke-width="8"><path d="M400 330V120"/><path d="M395 320Q330 230 300 150"/>
<path d="M405 320q60-90 100-150"/></g>
<g fill="${light}"><circle cx="400" cy="112" r="34"/><circle cx="294" cy="140" r="28"/><circle cx="512" cy="160" r="30"/></g>
<path d="M345 320h110q-6 70 55 140 60 110-30 180H320q-90-70-30-180 61-70 55-140z" fill="url(#body)"/>
<ellipse cx="400" cy="320" rx="55" ry="13" fill="${shade}"/>
<path d="M283 500q117 34 234 0" fill="none" stroke="${full}" stroke-width="10" opacity=".6"/>`,

  candle: ({ shade }) => `${shadow(400, 645, 130)}
<circle cx="400" cy="215" r="150" fill="#ffe9ad" opacity=".5"/>
<path d="M400 150q52 66 0 118-52-52 0-118z" fill="#f6a623"/><path d="M400 200q22 34 0 62-22-28 0-62z" fill="#fff3c4"/>
<path d="M400 262v44" stroke="#3b2a20" stroke-width="8"/>
<path d="M300 310h200v330H300z" fill="url(#body)"/><ellipse cx="400" cy="310" rx="100" ry="24" fill="${shade}"/>
<ellipse cx="400" cy="640" rx="100" ry="22" fill="${shade}"/>`,

  lamp: ({ full, shade, light }) => `${shadow(360, 648, 180)}
<path d="M470 330l150 260H250z" fill="#fff2c2" opacity=".75"/>
<ellipse cx="330" cy="640" rx="130" ry="24" fill="${shade}"/>
<path d="M330 630L250 400l190-190" fill="none" stroke="${full}" stroke-width="22" stroke-linejoin="round"/>
<circle cx="250" cy="400" r="22" fill="${light}"/>
<path d="M420 170l130 60-90 120-120-70z" fill="url(#body)"/>`,

  notebook: ({ full, shade, light }) => `${shadow(410, 650, 220)}
<path d="M260 180h300a26 26 0 0 1 26 26v410a26 26 0 0 1-26 26H260z" fill="#fdfaf4"/>
<path d="M236 170h300a26 26 0 0 1 26 26v410a26 26 0 0 1-26 26H236a26 26 0 0 1-26-26V196a26 26 0 0 1 26-26z" fill="url(#body)"/>
<path d="M490 170v462" stroke="${shade}" stroke-width="16"/>
<rect x="262" y="250" width="170" height="96" rx="10" fill="#fdfaf4"/>
<path d="M284 284h126M284 312h80" stroke="${full}" stroke-width="8"/><path d="M330 632v60l20-18 20 18v-60z" fill="${light}"/>`,

  cushion: ({ full, shade, light }) => `${shadow(400, 655, 240)}
<path d="M190 300q210-60 420 0 40 160 0 330-210 40-420 0-40-170 0-330z" fill="url(#body)"/>
<g fill="none" stroke="${light}" stroke-width="12" opacity=".8"><path d="M250 300q-20 170 0 330"/><path d="M350 285q-12 180 0 358"/>
<path d="M450 285q12 180 0 358"/><path d="M550 300q20 170 0 330"/></g>
<path d="M190 300q210-60 420 0" fill="none" stroke="${full}" stroke-width="8"/><path d="M190 630q210 40 420 0" fill="none" stroke="${shade}" stroke-width="8"/>`,

  plant: ({ shade }) => `${shadow(400, 645, 150)}
<g fill="#5d7a3f"><path d="M400 440Q250 400 230 230q150 30 170 210z"/><path d="M400 440q150-40 170-210-150 30-170 210z"/>
<path d="M400 420Q320 280 400 120q80 160 0 300z"/></g>
<g fill="#7d9a58"><path d="M400 450q-120-10-190-100 120-20 190 100z"/><path d="M400 450q120-10 190-100-120-20-190 100z"/></g>
<path d="M290 440h220l-30 200H320z" fill="url(#body)"/><rect x="278" y="428" width="244" height="44" rx="8" fill="${shade}"/>`,

  clock: ({ full, shade, light }) => `<circle cx="412" cy="352" r="232" fill="#000" opacity=".12"/>
<circle cx="400" cy="340" r="230" fill="url(#body)"/><circle cx="400" cy="340" r="190" fill="#fdfaf4"/>
<g stroke="${shade}" stroke-width="12" stroke-linecap="round"><path d="M400 170v30M400 480v30M230 340h30M540 340h30"/>
<path d="M400 340V220" stroke-width="16"/><path d="M400 340l84 56" stroke-width="16"/></g>
<path d="M400 340l-70 110" stroke="${light}" stroke-width="6"/><circle cx="400" cy="340" r="16" fill="${full}"/>`,
};
