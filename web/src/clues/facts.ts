/**
 * The facts of a clue in words: one sentence per rule, and every reading as a line. The judge names its readings with
 * their unit at the end (`farthest_m`, `limit_kmh`); a reading or a rule that has no words here is shown under the name
 * the judge gave it.
 */
import type { Clue } from '../api/types';
import { duration } from '../format/age';
import type { Language } from '../i18n/language';

type Facts = Clue['facts'];
/** Names of sites, zones and routes by their id in the registers. */
export type PlaceNames = ReadonlyMap<string, string>;
type Sentence = (clue: Clue, names: PlaceNames) => string;

/** One sentence a rule, per language. A reading that is missing leaves its clause out. */
const SENTENCES: Record<string, Record<Language, Sentence>> = {
  'UW-01': {
    zh: ({ facts }, names) => `从${place(facts['source'], names) ?? '工地'}载货驶出，${whyUnapprovedZh(facts)}。`,
    en: ({ facts }, names) => `Left ${place(facts['source'], names) ?? 'a work site'} loaded; ${whyUnapprovedEn(facts)}.`,
  },
  'RT-01': {
    zh: (clue) =>
      `载货偏离核准路线${given(clue.facts['farthest_m'], (m) => `，最远 ${round(m)} 米`)}，持续 ${lasted(clue, 'zh')}` +
      `${given(clue.facts['driven_m'], (m) => `，行驶 ${round(m)} 米`)}。`,
    en: (clue) =>
      `Off the approved route while loaded${given(clue.facts['farthest_m'], (m) => `, up to ${round(m)} m away`)}, for ` +
      `${lasted(clue, 'en')}${given(clue.facts['driven_m'], (m) => ` over ${round(m)} m`)}.`,
  },
  'DP-01': {
    zh: ({ facts }, names) => `在所有登记场所之外卸载${given(facts['nearest_site_m'], (m) => `，距最近的${place(facts['nearest_site'], names) ?? '场所'} ${round(m)} 米`)}。`,
    en: ({ facts }, names) => `Unloaded outside every registered site${given(facts['nearest_site_m'], (m) => `, ${round(m)} m from ${place(facts['nearest_site'], names) ?? 'the nearest'}`)}.`,
  },
  'TR-02': {
    zh: (clue) =>
      `超速${band(clue.facts, 'zh')}${given(clue.facts['limit_kmh'], (kmh) => `：限速 ${round(kmh)} 千米/时`)}` +
      `${given(clue.facts['fastest_kmh'], (kmh) => `，最高 ${round(kmh)} 千米/时`)}，持续 ${lasted(clue, 'zh')}。`,
    en: (clue) =>
      `Over the limit${given(clue.facts['limit_kmh'], (kmh) => ` of ${round(kmh)} km/h`)}${band(clue.facts, 'en')}` +
      `${given(clue.facts['fastest_kmh'], (kmh) => `, at most ${round(kmh)} km/h`)}, for ${lasted(clue, 'en')}.`,
  },
};

function given(reading: unknown, words: (value: number) => string): string {
  return typeof reading === 'number' ? words(reading) : '';
}

function round(value: number): string {
  return String(Math.round(value));
}

function place(id: unknown, names: PlaceNames): string | null {
  return typeof id === 'string' && id !== '' ? (names.get(id) ?? id) : null;
}

function lasted(clue: Clue, language: Language): string {
  return duration((clue.end - clue.start) / 1000, language);
}

/** `facts.failed` of UW-01. */
function whyUnapprovedZh(facts: Facts): string {
  if (facts['failed'] === 'plate_not_registered') return '该车不在任何企业名下';
  if (facts['failed'] === 'no_permit_in_force') return '出发时该企业涵盖此工地的核准均不在有效状态';
  return '该企业没有任何一份涵盖此工地的核准';
}

function whyUnapprovedEn(facts: Facts): string {
  if (facts['failed'] === 'plate_not_registered') return 'no company has this truck registered';
  if (facts['failed'] === 'no_permit_in_force') return 'none of its company’s permits that name this site was in force at departure';
  return 'its company has no permit that names this site';
}

/** `facts.band` of TR-02. */
function band(facts: Facts, language: Language): string {
  const bands: Record<string, Record<Language, string>> = {
    a: { zh: ' 10%–20%', en: ' by 10–20%' },
    b: { zh: ' 20%–50%', en: ' by 20–50%' },
    c: { zh: ' 50% 以上', en: ' by 50% or more' },
  };
  return bands[String(facts['band'])]?.[language] ?? '';
}

/** The rule's name as a heading. */
export function ruleName(rule: { rule_name_zh: string; rule_name_en: string }, language: Language): string {
  if (language === 'zh') return rule.rule_name_zh;
  return rule.rule_name_en.charAt(0).toUpperCase() + rule.rule_name_en.slice(1);
}

/** What the clue states, as a sentence; for a rule without a sentence here, the rule's name. */
export function sentence(clue: Clue, names: PlaceNames, language: Language): string {
  // A graded rule (`TR-02b`) has its parent's sentence.
  const rule = clue.rule.replace(/[a-z]$/, '');
  return SENTENCES[rule]?.[language](clue, names) ?? ruleName(clue, language);
}

export interface Reading {
  name: string;
  value: string;
}

/** Readings shown at most, and characters of one. */
export const READINGS_MAX = 40;
export const READING_CHARS_MAX = 200;

/** Every reading behind the clue, in the judge's order; nested ones with dotted names. */
export function readings(facts: Facts, language: Language): Reading[] {
  const lines: Reading[] = [];
  const add = (name: string, value: unknown): void => {
    if (value === null || value === undefined) return;
    if (typeof value !== 'object') {
      lines.push(line(name, value as string | number | boolean, language));
    } else if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
      if (value.length > 0) lines.push(line(name, value.map((item) => word(item, language)).join(', '), language));
    } else {
      for (const [member, inner] of Object.entries(value)) add(`${name}.${Array.isArray(value) ? Number(member) + 1 : member}`, inner);
    }
  };
  for (const [name, value] of Object.entries(facts)) add(name, value);
  return lines.slice(0, READINGS_MAX);
}

const UNITS: readonly [suffix: string, unit: string][] = [
  ['_percent', ' %'],
  ['_kmh', ' km/h'],
  ['_km', ' km'],
  ['_m3', ' m³'],
  ['_m', ' m'],
  ['_s', ' s'],
  ['_t', ' t'],
  ['_deg', '°'],
];

/** Chinese words for the judge's names and words; in English its own, spaced, are plain enough. */
const ZH: Record<string, string> = {
  allowed: '容许偏离',
  band: '超速档',
  driven: '行驶距离',
  empty: '空载',
  expired: '已过期',
  failed: '未满足的条件',
  farthest: '最远偏离',
  fastest: '最高速度',
  fixes: '定位点数',
  lifted: '举升时长',
  limit: '限速',
  load_after: '卸后载重',
  load_reading: '载重传感器',
  loaded_by: '载货依据',
  median_over: '超出限速（中位）',
  nearest_route: '最近路线',
  nearest_site: '最近场所',
  no_permit_in_force: '核准均不在有效状态',
  no_permit_names_source: '没有核准涵盖此工地',
  not_yet_valid: '尚未生效',
  permit: '核准文件',
  permits_not_in_force: '当时无效的核准',
  plate_not_registered: '车牌未登记',
  revoked: '已撤销',
  seconds: '持续秒数',
  source: '工地',
  stay_at_source: '在工地停留',
  suspended: '已暂停',
  unknown: '未知',
  why: '原因',
  zone: '区域',
};

function line(name: string, value: string | number | boolean, language: Language): Reading {
  const unit = typeof value === 'number' ? UNITS.find(([suffix]) => name.endsWith(suffix)) : undefined;
  const bare = unit === undefined ? name : name.slice(0, -unit[0].length);
  const named = bare.split('.').map((part) => word(part, language)).join(' ');
  return { name: named, value: `${word(value, language).slice(0, READING_CHARS_MAX)}${unit?.[1] ?? ''}` };
}

function word(value: unknown, language: Language): string {
  if (typeof value === 'boolean') return language === 'zh' ? (value ? '是' : '否') : value ? 'yes' : 'no';
  const text = String(value);
  if (language === 'zh') return ZH[text] ?? text;
  return text in ZH ? text.replaceAll('_', ' ') : text;
}
