import { expect, it } from '@jest/globals';
import { useBrowser } from './use-browser.js';

const browsing = useBrowser();

it('7.5.1 asks for the password again if an action requires a recent login, and then continues', async () => {
  const site = await browsing.start({ ADAPTER: 'express' });
  const device = await site.device();
  await device.logIn('Bob');
  await device.page.getByLabel('Dark').check();
  await device.says('The theme is saved in your session.');
  // The test cannot move the clock of the sample, so it fakes the first refusal; all later answers are real.
  let aged = true;
  await device.page.route('**/me/preferences', async (route) => {
    if (route.request().method() !== 'DELETE' || !aged) return route.continue();
    aged = false;
    const code = 'RECENT_LOGIN_REQUIRED';
    return route.fulfill({ status: 401, json: { statusCode: 401, code, message: code } });
  });
  await device.button('Forget my preferences').click();
  await device.says('Your login is a while ago: enter your password to go on.');
  await device.page.keyboard.type('wrong');
  await device.page.keyboard.press('Enter');
  await device.says('The password is wrong.');
  await device.page.keyboard.type('bob-the-builder');
  await device.page.keyboard.press('Enter');
  await device.says('Your preferences are forgotten.');
  expect(await device.page.getByLabel('Auto').isChecked()).toBe(true);
});
