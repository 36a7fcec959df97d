/**
 * The single sign-on from end to end: the real service, a real provider, a browser played by `fetch`. Usage:
 * `PROGRAM=…/fleet-service node walk.mjs`; prints `N passed, N failed`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProvider } from './provider.mjs';

const PROGRAM = process.env.PROGRAM ?? '../../target/debug/fleet-service';
const SECRET = 'a secret of the test alone';
const folder = mkdtempSync(join(tmpdir(), 'oidc-'));
const freePort = () => new Promise((resolve) => {
  const server = createServer();
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const [httpPort, gatewayPort, providerPort] = [await freePort(), await freePort(), await freePort()];
const base = `http://127.0.0.1:${httpPort}`;
const returning = `${base}/api/v1/session/single-sign-on/return`;

/** Cookies by host and port, as a browser keeps them by host and path: here each has a server of its own. */
class Browser {
  #jars = new Map();

  async ask(url, init = {}) {
    const { host } = new URL(url);
    const jar = this.#jars.get(host) ?? new Map();
    this.#jars.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, ...(cookie && { cookie }) } });
    for (const set of answer.headers.getSetCookie()) {
      const [pair] = set.split(';');
      const at = pair.indexOf('=');
      const gone = /max-age=0|expires=thu, 01 jan 1970/i.test(set);
      if (gone) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** Follows redirects and fills the provider's forms in, until an address of the service that is no redirect. */
  async signOn(as, { tamper = (url) => url } = {}) {
    let url = `${base}/api/v1/session/single-sign-on`;
    for (let step = 0; step < 20; step += 1) {
      let answer = await this.ask(url);
      if (answer.status === 200 && url.startsWith(base)) return url;
      if (answer.status === 200) {
        const page = await answer.text();
        const action = /action="([^"]+)"/.exec(page)?.[1];
        const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1];
        const body = new URLSearchParams({ prompt, ...(prompt === 'login' && { login: as, password: 'x' }) });
        answer = await this.ask(new URL(action, url), { method: 'POST', body });
      }
      const to = answer.headers.get('location');
      if (to === null) return `${answer.status} ${url}`;
      url = new URL(to, url).href;
      if (url.startsWith(returning)) url = tamper(url);
    }
    throw new Error('too many steps');
  }

  async who() {
    const answer = await this.ask(`${base}/api/v1/session`);
    return answer.ok ? (await answer.json()).name : null;
  }
}

const settings = join(folder, 'settings.toml');
writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
writeFileSync(
  settings,
  `[people]\naddress = "${base}"\n[people.single_sign_on]\nname = "政务统一认证"\nissuer = "http://127.0.0.1:${providerPort}"\n` +
    `client_id = "mucktrail"\nclient_secret_file = "${join(folder, 'secret')}"\nroles = ["enforcer"]\n`,
);
const data = join(folder, 'data');
const add = (name, role) =>
  execFileSync(PROGRAM, ['officer', 'add', '--data', data, '--name', name, '--authority', 'city_management', '--role', role], { encoding: 'utf8' }).trim().split('\n').at(-1);
const admin = add('管理员', 'admin');
add('张三', 'enforcer');
add('李四', 'auditor');
const provider = await startProvider(providerPort, { client_id: 'mucktrail', client_secret: SECRET, redirect_uris: [returning] });
const service = spawn(PROGRAM, ['serve', '--data', data, '--settings', settings, '--http', `127.0.0.1:${httpPort}`, '--gateway', `127.0.0.1:${gatewayPort}`], { stdio: ['ignore', 'ignore', 'pipe'] });
let log = '';
service.stderr.on('data', (bytes) => (log += bytes));

async function until(what, holds) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come: ${log}`);
}

let passed = 0;
let failed = 0;
async function check(says, holds) {
  const right = await holds().catch((error) => {
    console.log(error);
    return false;
  });
  if (right) passed += 1;
  else failed += 1;
  console.log(`${right ? 'ok  ' : 'FAIL'} ${says}`);
}

try {
  await until('the service', async () => (await fetch(`${base}/healthz`)).ok);
  const asAdmin = (path, body) => fetch(`${base}${path}`, { method: body ? 'POST' : 'GET', headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
  const { people } = await (await asAdmin('/api/v1/people')).json();
  const link = async (name, subject) => (await asAdmin(`/api/v1/people/${people.find((p) => p.name === name).id}/single-sign-on`, { subject })).status;

  await check('the sign-in page is told of the provider', async () => (await (await fetch(`${base}/api/v1/session/options`)).json()).single_sign_on === '政务统一认证');
  await check('someone nobody linked is refused and told under which name', async () => {
    const browser = new Browser();
    const at = await browser.signOn('u-17');
    return at.includes('sign_on=unlinked') && at.includes('subject=u%2D17') && (await browser.who()) === null;
  });
  await check('two people cannot be linked to one', async () => (await link('张三', 'u-17')) === 204 && (await link('李四', 'u-17')) === 409);
  await check('a linked enforcer comes in', async () => {
    const browser = new Browser();
    return new URL(await browser.signOn('u-17')).pathname === '/' && (await browser.who()) === '张三';
  });
  await check('a role the settings do not name is refused', async () => {
    const browser = new Browser();
    await link('李四', 'u-18');
    return (await browser.signOn('u-18')).includes('sign_on=not-this-way') && (await browser.who()) === null;
  });
  await check('an answer for another browser is refused', async () => {
    let stolen = '';
    await new Browser().signOn('u-17', { tamper: (url) => ((stolen = url), `${base}/`) });
    const thief = new Browser();
    const to = (await thief.ask(stolen)).headers.get('location');
    return to.includes('sign_on=begin-anew') && (await thief.who()) === null;
  });
  await check('a changed state or code is refused', async () => {
    const changed = (name) => (url) => {
      const other = new URL(url);
      other.searchParams.set(name, 'x'.repeat(43));
      return other.href;
    };
    const [first, second] = [new Browser(), new Browser()];
    const state = await first.signOn('u-17', { tamper: changed('state') });
    const code = await second.signOn('u-17', { tamper: changed('code') });
    return state.includes('sign_on=begin-anew') && code.includes('sign_on=failed') && (await first.who()) === null && (await second.who()) === null;
  });
  await check('an answer counts once', async () => {
    const browser = new Browser();
    let used = '';
    await browser.signOn('u-17', { tamper: (url) => (used = url) });
    return (await browser.ask(used)).headers.get('location').includes('sign_on=begin-anew');
  });
  await check('the trail has it', async () => {
    const { entries } = await (await asAdmin('/api/v1/audit?what=sign%20in')).json();
    return entries.some(({ who, detail }) => who === '张三' && detail.startsWith('by single_sign_on'));
  });
  provider.close();
  await check('a provider that is gone is told by the page', async () => (await new Browser().signOn('u-17')).includes('sign_on=failed'));
} finally {
  service.kill('SIGTERM');
  await new Promise((resolve) => service.on('exit', resolve));
  provider.close();
  rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
