// A stand-in for fleet-service, for developing the page without it: speaks the same API with a small seeded fleet that
// moves, raises clues and loses points. Nothing of the product uses it, no test of the product either.
//
//   node dev/fake-api.mjs [--port 8790] [--seed 7] [--scene normal|empty|error] [--confirm-after 25]
//
// Sign in with the token `dev`. It also serves dist/ with the content security policy of the service.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: {
    port: { type: 'string', default: '8790' },
    seed: { type: 'string', default: '7' },
    scene: { type: 'string', default: 'normal' },
    'confirm-after': { type: 'string', default: '0' },
  },
});
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const CSP =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

/** A small seeded generator (mulberry32): the same seed draws the same city. */
function seeded(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const random = seeded(Number(args.seed));
const pick = (items) => items[Math.floor(random() * items.length)];
const rfc3339 = (ms) => `${new Date(ms + 8 * 3600e3).toISOString().slice(0, 19)}+08:00`;

const CENTRE = { lon: 113.39, lat: 34.54 };
const KM_LAT = 1 / 110.9;
const KM_LON = 1 / 91.7;
const at = (east_km, north_km) => [CENTRE.lon + east_km * KM_LON, CENTRE.lat + north_km * KM_LAT];
const square = (east, north, half) => [[at(east - half, north - half), at(east + half, north - half), at(east + half, north + half), at(east - half, north + half), at(east - half, north - half)]];

const RULES = {
  'UW-01': { zh: '未经核准运输建筑垃圾', en: 'haulage without approval', authority: 'city_management', severity: 'serious', points: 2000 },
  'RT-01': { zh: '未按核准路线行驶', en: 'off route', authority: 'city_management', severity: 'general', points: 300 },
  'DP-01': { zh: '随意倾倒', en: 'illegal dumping', authority: 'city_management', severity: 'serious', points: 2000 },
  'TR-02': { zh: '超速行驶', en: 'speeding', authority: 'police', severity: 'minor', points: 100 },
};
const SITES = [
  { id: 'S1', name: '示范路一期工地', kind: 'source', at: [-6, 3] },
  { id: 'S2', name: '溱水小区工地', kind: 'source', at: [-2, -4] },
  { id: 'S3', name: '东环地块工地', kind: 'source', at: [5, 4] },
  { id: 'D1', name: '北山消纳场', kind: 'disposal', at: [2, 7] },
  { id: 'D2', name: '南沟回填场', kind: 'backfill', at: [4, -6] },
  { id: 'Y1', name: '远途停车场', kind: 'yard', at: [-7, -2] },
];
const NAMES = ['新密市远途渣土清运有限公司', '示范一号清运有限公司', '示范二号清运有限公司', '示范三号清运有限公司', '示范四号清运有限公司', '示范五号清运有限公司'];
const USCC = (i) => `91410183MA0000${String(i).padStart(3, '0')}X`;

const empty = args.scene === 'empty';
const carriers = empty ? [] : NAMES.map((name, i) => ({ uscc: USCC(i), name, status: 'active', trucks: 4, score_centi: i === 0 ? 7600 : 10_000 - i * 430, band: 'normal', listed_since: null, deductions: i === 0 ? 2 : i, entries: [] }));
const bandOf = (s) => (s >= 9500 ? 'red_candidate' : s >= 8000 ? 'normal' : s >= 7000 ? 'warning' : s >= 6000 ? 'interview' : 'black');
for (const c of carriers) c.band = bandOf(c.score_centi);
const listed = [];
let feedSeq = 0;

const trucks = empty
  ? []
  : Array.from({ length: 24 }, (_, i) => {
      const route = [pick(SITES.slice(0, 3)).at, pick(SITES.slice(3)).at];
      return {
        plate: i % 2 === 0 ? `豫A${String(12345 + i * 37)}D` : `豫A${String(31207 + i * 53)}`,
        carrier: carriers[i % carriers.length],
        route,
        phase: random(),
        pace: 0.0008 + random() * 0.0008,
        silent: i === 23,
        offline: i === 22,
        stale: i === 21,
        last: null,
        track: [],
        rules: new Map(),
      };
    });
const clues = new Map();
let ledgerSeq = 0;

function step(truck, now) {
  if (truck.silent || ((truck.offline || truck.stale) && truck.last !== null)) return;
  truck.phase = (truck.phase + truck.pace) % 1;
  const forth = truck.phase < 0.5;
  const share = forth ? truck.phase * 2 : 2 - truck.phase * 2;
  const [[e0, n0], [e1, n1]] = truck.route;
  const bend = Math.sin(share * Math.PI) * 1.2;
  const [lon, lat] = at(e0 + (e1 - e0) * share + bend, n0 + (n1 - n0) * share - bend);
  const before = truck.last;
  const course = before === null ? 0 : (Math.atan2((lon - before.lon) / KM_LON, (lat - before.lat) / KM_LAT) * 180) / Math.PI;
  const age = truck.offline ? 1500e3 : truck.stale ? 200e3 : 0;
  truck.last = { time: rfc3339(now - age), received: rfc3339(now - age + 800), lat, lon, speed_kmh: 30 + 20 * Math.sin(share * 9), course_deg: (course + 360) % 360, fix: '3d', load: forth ? 'full' : 'empty', lid: 'closed', lift: 'flat' };
  truck.track.push({ time: truck.last.time, lat, lon, speed_kmh: 40, course_deg: 0, fix: '3d', load: truck.last.load });
  if (truck.track.length > 1200) truck.track.shift();
}
const truckRow = (t) => ({
  plate: t.plate,
  plate_colour: t.plate.length === 8 ? 'yellow_green' : 'yellow',
  carrier_uscc: t.carrier.uscc,
  carrier_name: t.carrier.name,
  state: t.silent ? 'silent' : t.rules.size > 0 ? 'clue' : t.offline ? 'offline' : 'normal',
  rules: [...new Set(t.rules.values())],
  last: t.last,
});

const FACTS = {
  'UW-01': { failed: 'no_permit_names_source', loaded_by: 'load_reading', permits_not_in_force: [], seconds: 95, source: 'S2' },
  'RT-01': { allowed_m: 65, driven_m: 1840.2, farthest_m: 612.4, nearest_route: 'R01', seconds: 95 },
  'DP-01': { lifted_s: 42, load_after: 'empty', nearest_site: 'D2', nearest_site_m: 834.6, seconds: 95 },
  'TR-02': { band: 'b', fastest_kmh: 57.3, fixes: 10, limit_kmh: 40, median_over_percent: 36.2, seconds: 95, zone: 'Z2' },
};
function raise(now) {
  const candidates = trucks.filter((t) => t.last !== null && !t.offline && t.rules.size === 0);
  if (candidates.length === 0 || [...clues.values()].filter((c) => c.state === 'pending').length > 8) return;
  const truck = random() < 0.4 ? (candidates.find((t) => t.carrier === carriers[0]) ?? pick(candidates)) : pick(candidates);
  const rule = truck.carrier === carriers[0] ? 'UW-01' : pick(Object.keys(RULES));
  const r = RULES[rule];
  const id = `V${String(clues.size + 1).padStart(4, '0')}`;
  const clue = {
    id, rule, rule_name_zh: r.zh, rule_name_en: r.en, authority: r.authority, severity: r.severity, points_centi: r.points,
    plate: truck.plate, carrier_uscc: truck.carrier.uscc, carrier_name: truck.carrier.name, permit: rule === 'UW-01' ? null : 'XM-2026-0042', trip: `H${id}`,
    start: rfc3339(now - 95e3), end: rfc3339(now), lat: truck.last.lat, lon: truck.last.lon, facts: FACTS[rule], state: 'pending', opened_at: rfc3339(now), decision: null,
  };
  clues.set(id, clue);
  truck.rules.set(id, rule);
  send('clue', clue);
}
function decide(clue, outcome, reason, by) {
  const now = Date.now();
  const carrier = carriers.find((c) => c.uscc === clue.carrier_uscc);
  clue.state = outcome;
  clue.decision = { outcome, by, at: rfc3339(now), reason, ledger_seq: null, points_centi: null };
  trucks.find((t) => t.plate === clue.plate)?.rules.delete(clue.id);
  if (outcome === 'confirmed') {
    clue.decision.ledger_seq = ++ledgerSeq;
    clue.decision.points_centi = clue.points_centi;
    carrier.score_centi -= clue.points_centi;
    carrier.deductions += 1;
    carrier.band = bandOf(carrier.score_centi);
    carrier.entries.push({ rule: clue.rule, rule_name_zh: clue.rule_name_zh, rule_name_en: clue.rule_name_en, case_no: `密渣案〔2026〕${clue.id}`, occurred_at: clue.start, amount_centi: clue.points_centi });
    if (carrier.score_centi < 6000 && carrier.listed_since === null) {
      carrier.listed_since = rfc3339(now);
      const row = { uscc: carrier.uscc, name: carrier.name, score_centi: carrier.score_centi, since: carrier.listed_since, cause: carrier.entries, feed_seq: ++feedSeq };
      listed.push(row);
      send('listing', { action: 'list', row });
    }
    send('carrier', carrierRow(carrier));
  }
  send('clue', clue);
}
const carrierRow = ({ entries, ...row }) => row;

const streams = new Set();
let eventId = 0;
function send(event, data) {
  const text = `id: ${++eventId}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  for (const stream of streams) stream.write(text);
}

for (let back = 300; back > 0; back -= 2) for (const t of trucks) step(t, Date.now() - back * 1000);
for (let i = 0; i < 4; i += 1) raise(Date.now() - i * 40e3);
setInterval(() => {
  for (const t of trucks) step(t, Date.now());
  send('trucks', { trucks: trucks.filter((t) => !t.silent && !t.offline && !t.stale).map(truckRow), as_of: rfc3339(Date.now()) });
}, 1000);
setInterval(() => raise(Date.now()), 12e3);
setInterval(() => streams.forEach((s) => s.write(': heartbeat\n\n')), 15e3);
if (Number(args['confirm-after']) > 0) {
  setInterval(() => {
    const old = [...clues.values()].find((c) => c.state === 'pending' && Date.now() - Date.parse(c.opened_at) > Number(args['confirm-after']) * 1000);
    if (old) decide(old, 'confirmed', '演示：自动确认', '示范城管员');
  }, 3e3);
}

const feature = (layer, p, geometry) => ({ type: 'Feature', properties: { layer, half_width_m: null, limit_kmh: null, ...p }, geometry });
const fences = () => ({
  type: 'FeatureCollection',
  features: empty
    ? []
    : [
        ...SITES.map((s) => feature('site', { id: s.id, name: s.name, kind: s.kind }, { type: 'Polygon', coordinates: square(...s.at, 0.35) })),
        feature('zone', { id: 'Z1', name: '老城禁行区', kind: 'no_go' }, { type: 'Polygon', coordinates: square(-1, 1, 1.3) }),
        feature('zone', { id: 'Z2', name: '学校限速区', kind: 'speed_limit', limit_kmh: 40 }, { type: 'Polygon', coordinates: square(4.5, 0.5, 0.9) }),
        ...SITES.slice(0, 3).flatMap((s, i) => SITES.slice(3, 5).map((d, j) => feature('route', { id: `R${i}${j}`, name: `${s.name}至${d.name}`, kind: null, half_width_m: 50 }, { type: 'LineString', coordinates: Array.from({ length: 21 }, (_, k) => { const f = k / 20, b = Math.sin(f * Math.PI) * 1.2; return at(s.at[0] + (d.at[0] - s.at[0]) * f + b, s.at[1] + (d.at[1] - s.at[1]) * f - b); }) }))),
      ],
});

const problem = (status, title, zh) => [status, { type: 'about:blank', title, status, detail: title, title_zh: zh, detail_zh: zh }];
const NOTICE = { before: rfc3339(Date.now() - 9e5), count: 1, tid: null, epc: null, terminal: '13800000001', received: rfc3339(Date.now()) };
const NOTICES = [
  { ...NOTICE, kind: 'tag_conflict', cause: 'other_tid_seen', from: NOTICE.before, to: NOTICE.before, tid: 'E280689400004001', epc: '30751FEB705C5904E3D50D70' },
  { ...NOTICE, kind: 'gap', cause: 'full', from: rfc3339(Date.now() - 36e5), to: NOTICE.before, count: 128 },
  { ...NOTICE, kind: 'gap', cause: 'damaged', from: null, to: null, count: 2 },
];
const OFFICER = { name: '示范城管员', role: 'enforcer', authority: 'city_management' };

function answer(method, url, body, signedIn) {
  const path = decodeURIComponent(url.pathname);
  if (path === '/api/v1/session') {
    if (method === 'POST') return body.token === 'dev' ? [200, OFFICER] : problem(401, 'The token is not known.', '令牌无效。');
    if (method === 'DELETE') return [204, null];
    return signedIn ? [200, OFFICER] : problem(401, 'Nobody is signed in.', '未登录。');
  }
  if (args.scene === 'error' && path !== '/api/v1/trucks') return problem(500, 'The database cannot be read.', '数据库无法读取。');
  if (path === '/api/v1/blacklist') return [200, { listed, as_of: rfc3339(Date.now()) }];
  if (!signedIn) return problem(401, 'Sign in first.', '请先登录。');
  if (path === '/api/v1/map') return [200, fences()];
  if (path === '/api/v1/trucks') return [200, { trucks: trucks.map(truckRow), as_of: rfc3339(Date.now()) }];
  const track = /^\/api\/v1\/trucks\/(.+)\/track$/.exec(path);
  if (track) {
    const [from, to] = ['from', 'to'].map((name) => Date.parse(url.searchParams.get(name)));
    const points = trucks.find((t) => t.plate === track[1])?.track ?? [];
    return [200, { points: points.filter((p) => Date.parse(p.time) >= from && Date.parse(p.time) <= to) }];
  }
  const notices = /^\/api\/v1\/trucks\/(.+)\/notices$/.exec(path);
  if (notices) return [200, { notices: trucks.findIndex((t) => t.plate === notices[1]) % 3 === 0 ? NOTICES : [] }];
  const all = [...clues.values()].reverse();
  if (path === '/api/v1/clues') {
    const state = url.searchParams.get('state') ?? 'pending';
    const counts = { pending: 0, confirmed: 0, rejected: 0, withdrawn: 0 };
    for (const c of all) counts[c.state] += 1;
    return [200, { clues: all.filter((c) => state === 'all' || c.state === state).slice(0, 200), counts }];
  }
  const one = /^\/api\/v1\/clues\/([^/]+)(?:\/(confirm|reject))?$/.exec(path);
  if (one) {
    const clue = clues.get(one[1]);
    if (clue === undefined) return problem(404, 'There is no such clue.', '没有这条线索。');
    if (one[2] === undefined) return [200, { ...clue, history: [{ at: clue.opened_at, what: 'opened', by: 'judge' }] }];
    if (clue.authority !== OFFICER.authority) return problem(403, 'Not your rule.', '不属于您的职权。');
    if (clue.state !== 'pending') return problem(409, 'Already decided.', '这条线索已有决定。');
    if (!body.reason?.trim()) return problem(422, 'State the reason.', '请写明理由。');
    decide(clue, one[2] === 'confirm' ? 'confirmed' : 'rejected', body.reason, OFFICER.name);
    return [200, clue];
  }
  if (path === '/api/v1/carriers') return [200, { carriers: carriers.map(carrierRow).sort((a, b) => a.score_centi - b.score_centi) }];
  const company = /^\/api\/v1\/carriers\/(.+)$/.exec(path);
  if (company) {
    const c = carriers.find((x) => x.uscc === company[1]);
    return [200, { ...carrierRow(c), entries: [], explanation: c.entries.map((e) => ({ zh: `${e.occurred_at.slice(0, 16).replace('T', ' ')} ${e.rule_name_zh}（${e.rule}，案号 ${e.case_no}）扣 ${e.amount_centi / 100} 分`, en: `${e.occurred_at.slice(0, 16).replace('T', ' ')} ${e.rule_name_en} (${e.rule}, case ${e.case_no}): ${e.amount_centi / 100} points` })) }];
  }
  return problem(404, 'Not found.', '没有此页。');
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  const signedIn = /(?:^|;\s*)session=dev/.test(request.headers.cookie ?? '');
  if (url.pathname === '/api/v1/events' && signedIn) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': open\n\n');
    streams.add(response);
    request.on('close', () => streams.delete(response));
    return;
  }
  if (url.pathname.startsWith('/api/')) {
    let text = '';
    for await (const piece of request) text += piece;
    const [status, json] = answer(request.method, url, text === '' ? {} : JSON.parse(text), signedIn);
    const headers = { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' };
    if (url.pathname === '/api/v1/session' && request.method !== 'GET' && status < 400) {
      headers['Set-Cookie'] = `session=${request.method === 'POST' ? 'dev' : ''}; HttpOnly; SameSite=Strict; Path=/`;
    }
    response.writeHead(status, headers).end(json === null ? '' : JSON.stringify(json));
    return;
  }
  if (url.pathname === '/blacklist') {
    response.writeHead(200, { 'Content-Type': TYPES['.html'] }).end(`<!doctype html><html lang="zh-CN"><title>黑名单公示</title><h1>黑名单公示</h1>${listed.map((l) => `<p>${l.name}</p>`).join('') || '<p>暂无公示信息</p>'}`);
    return;
  }
  if (url.pathname === '/feed/blacklist.jsonl') {
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).end(listed.map((l) => `${JSON.stringify({ seq: l.feed_seq, action: 'list', uscc: l.uscc, name: l.name })}\n`).join(''));
    return;
  }
  const file = normalize(url.pathname === '/' ? 'index.html' : url.pathname.slice(1));
  try {
    if (file.startsWith('..')) throw new Error('outside');
    const content = await readFile(join(DIST, file));
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}).listen(Number(args.port), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${args.port}/#token=dev\n`));
