import { mkdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Device } from './device.js';
import { type Site, useBrowser } from './use-browser.js';

/** The user agents of other devices of the user. */
const OTHERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
];

/** The contrast of every visible text with its background, by the formula of WCAG 2.2. */
const CONTRASTS = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).slice(0, 3).map((value) => value / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? background(element.parentElement) : color;
  };
  const texts = [...document.querySelectorAll('body *')].filter((element) =>
    element.checkVisibility() && [...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim()));
  return texts.map((element) => {
    const pair = [getComputedStyle(element).color, background(element)].map(luminance);
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    return { text: element.textContent.trim(), ratio };
  });
})()`;

const browsing = useBrowser();
let site: Site;

beforeAll(async () => {
  site = await browsing.start();
});

afterEach(() => site.endSessions());

describe.each(['light', 'dark'] as const)('the page with the %s colour scheme', (colorScheme) => {
  it('is legible and small enough for a picture in the documentation', async () => {
    const device = await site.device({ colorScheme, viewport: { width: 1000, height: 560 } });
    await device.shows('Log in');
    await expectLegible(device);
    for (const userAgent of OTHERS) await (await site.device({ userAgent })).logIn();
    await device.logIn();
    await expectLegible(device);
    await device.page.reload();
    await device.shows('ada@example.com');
    const picture = await device.page.screenshot();
    expect(picture.length).toBeLessThan(150_000);
    if (process.env['PICTURES']) {
      await mkdir('docs/pictures', { recursive: true });
      await writeFile(`docs/pictures/page-${colorScheme}.png`, picture);
    }
  });

  it('does not scroll horizontally on a phone', async () => {
    const device = await site.device({ colorScheme, viewport: { width: 320, height: 640 } });
    const width = 'document.documentElement.scrollWidth';
    await device.shows('Log in');
    expect(await device.page.evaluate(width)).toBe(320);
    await device.logIn();
    expect(await device.page.evaluate(width)).toBe(320);
    await expectLegible(device);
  });
});

async function expectLegible({ page }: Device): Promise<void> {
  const texts = await page.evaluate<{ text: string; ratio: number }[]>(CONTRASTS);
  expect(texts.length).toBeGreaterThan(5);
  // WCAG 2.2, 1.4.3 (AA).
  expect(texts.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
}
