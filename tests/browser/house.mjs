/**
 * A service of its own with a made-up city, for what the demo has not: many cases that wait, or very many trucks. The
 * program is started on a new data folder, registers go in by `import`, reports by `POST /api/v1/reports`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PROGRAM = join(process.env.PROGRAMS ? resolve(HERE, '../..', process.env.PROGRAMS) : join(HERE, '../../target/debug'), 'fleet-service');
const CARRIERS = 20;
/** Reports of one request. */
const REPORTS_AT_ONCE = 5_000;
/** The work site of the city, and a road east of it. */
export const SITE = { lon: 113.39, lat: 34.54 };

export const plate = (n) => `豫A${String(n).padStart(5, '0')}`;

/** The last character of a unified social credit code (GB 32100-2015). */
function uscc(n) {
  const digits = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const body = `91410183${String(n + 1).padStart(9, '0')}`;
  let weight = 1;
  let sum = 0;
  for (const c of body) {
    sum += digits.indexOf(c) * weight;
    weight = (weight * 3) % 31;
  }
  return body + digits[(31 - (sum % 31)) % 31];
}

function square(lon, lat, half) {
  return [[[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half], [lon - half, lat - half]]];
}

function registry(folder, trucks) {
  mkdirSync(folder, { recursive: true });
  const write = (name, text) => writeFileSync(join(folder, name), text);
  const features = (list) => JSON.stringify({ type: 'FeatureCollection', datum: 'WGS84', features: list });
  const rows = (count, row) => Array.from({ length: count }, (_, n) => row(n)).join('\n');
  write('carriers.csv', `uscc,name,status\n${rows(CARRIERS, (n) => `${uscc(n)},第${n}运输公司,active`)}\n`);
  write(
    'trucks.csv',
    `plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n${rows(trucks, (n) => `${plate(n)},yellow,,${uscc(n % CARRIERS)},139${String(n).padStart(8, '0')},,diesel,16`)}\n`,
  );
  write('readers.csv', 'id,site_id,role,lat,lon\n');
  const site = { type: 'Feature', properties: { id: 'S1', name: '一号工地', kind: 'source' }, geometry: { type: 'Polygon', coordinates: square(SITE.lon, SITE.lat, 0.002) } };
  write('sites.geojson', features([site]));
  write('zones.geojson', features([]));
  write('routes.geojson', features([]));
  write('permits.json', '[]');
}

async function freePort() {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Starts a service whose registers know so many trucks; `officers`: names of enforcers of city management. */
export async function openHouse({ trucks, officers }) {
  const folder = mkdtempSync(join(tmpdir(), 'house-'));
  const data = join(folder, 'data');
  const run = (...args) => execFileSync(PROGRAM, args, { encoding: 'utf8' }).trim().split('\n').at(-1);
  registry(join(folder, 'registry'), trucks);
  run('import', '--data', data, '--registry', join(folder, 'registry'));
  const tokens = officers.map((name) => run('officer', 'add', '--data', data, '--name', name, '--authority', 'city_management', '--role', 'enforcer'));
  const platform = run('platform-token', 'add', '--data', data, '--name', '测试平台');
  const [http, gateway] = [await freePort(), await freePort()];
  const base = `http://127.0.0.1:${http}`;
  const service = spawn(PROGRAM, ['serve', '--data', data, '--http', `127.0.0.1:${http}`, '--gateway', `127.0.0.1:${gateway}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  service.stderr.on('data', (text) => (log = (log + text).slice(-20_000)));
  const ended = new Promise((done) => service.once('exit', done));
  for (let tries = 0; ; tries += 1) {
    const up = await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false);
    if (up) break;
    if (service.exitCode !== null || tries > 300) throw new Error(`the service did not start:\n${log}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const post = async (reports) => {
    for (let at = 0; at < reports.length; at += REPORTS_AT_ONCE) {
      const body = reports.slice(at, at + REPORTS_AT_ONCE).map((report) => JSON.stringify(report)).join('\n');
      const answer = await fetch(`${base}/api/v1/reports`, { method: 'POST', headers: { Authorization: `Bearer ${platform}`, 'Content-Type': 'application/x-ndjson' }, body });
      const text = await answer.text();
      if (!answer.ok || JSON.parse(text).rejected > 0) throw new Error(`reports were refused (${answer.status}): ${text.slice(0, 500)}`);
    }
  };
  const ask = async (path, token) => (await fetch(`${base}${path}`, { headers: { Authorization: `Bearer ${token}` } })).json();
  const close = async () => {
    service.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { base, tokens, pid: service.pid, post, ask, close };
}

/** A fix as another platform hands it over. */
export function fix(n, time_ms, lon, lat, more = {}) {
  return { type: 'fix', plate: plate(n), time: new Date(time_ms).toISOString(), lon, lat, speed_kmh: 40, course_deg: 90, fix: '3d', source: `139${String(n).padStart(8, '0')}`, ...more };
}

/** Truck `n` stands in the work site, is loaded, and drives off east without any permit: one clue under UW-01. */
export function haulWithoutPermit(n, start_ms) {
  const reports = [];
  for (let second = 0; second <= 600; second += 10) {
    const driving = second > 120;
    const lon = driving ? SITE.lon + ((second - 120) / 10) * 0.0012 : SITE.lon;
    reports.push(
      fix(n, start_ms + second * 1000, lon, SITE.lat + (n % 7) * 0.0002, {
        speed_kmh: driving ? 38 + (second % 30) : 0,
        load: second < 60 ? 'empty' : 'full',
        lid: 'closed',
        lift: 'flat',
        ignition: true,
      }),
    );
  }
  return reports;
}
