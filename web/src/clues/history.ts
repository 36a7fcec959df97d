import type { Language } from '../i18n/language';

/** What the service writes on its own account. */
const ENTRIES: Record<string, string> = {
  opened: '提出',
  'shown again by later reports': '后到的数据再次支持',
  'withdrawn: later reports disprove it': '撤回：后到的数据不支持',
  'later reports disprove it: an officer must look again': '后到的数据不支持，须由执法人员复核',
};

/** What the service writes before an officer's reason. */
const BEFORE_REASON: readonly (readonly [en: string, zh: string])[] = [
  ['confirmed: ', '确认：'],
  ['confirmed without a deduction, the truck belongs to no registered company: ', '确认，未扣分（车辆不属于任何登记企业）：'],
  ['rejected: ', '驳回：'],
];

/** One entry of a clue's history: the service's own words are translated, an officer's reason stays as written. */
export function historyText(what: string, language: Language): string {
  if (language === 'en') return what;
  const decision = BEFORE_REASON.find(([en]) => what.startsWith(en));
  if (decision !== undefined) return `${decision[1]}${what.slice(decision[0].length)}`;
  return ENTRIES[what] ?? what;
}
