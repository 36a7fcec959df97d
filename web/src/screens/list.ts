/**
 * Every screen: its name in the address, its title, who sees it, how it is loaded. The order is that of the navigation;
 * the first a role sees is where it starts. A line here is all that a new screen needs outside its folder.
 */
import type { ComponentType } from 'react';
import type { Language } from '../i18n/language';

export const ROLES = ['enforcer', 'police', 'registrar', 'auditor', 'admin', 'carrier'] as const;
export type Role = (typeof ROLES)[number];

/** The jobs the navigation is grouped by; their names are in `shell/texts.ts`. */
export type Group = 'watch' | 'decide' | 'credit' | 'registers' | 'admin';

export interface Screen {
  id: string;
  title: Readonly<Record<Language, string>>;
  group: Group;
  /** `everyone`: also who is not signed in. */
  roles: readonly Role[] | 'everyone';
  /** A place in the phone's bottom bar; the others are behind "more". */
  phone?: boolean;
  /** Not in the navigation: reached by links. */
  unlisted?: boolean;
  /** Shown by what the device keeps, too, when nobody can say who is there. */
  offline?: boolean;
  /** Takes the whole window under the header, without a visible title (a map). */
  bare?: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

/** Who watches and judges trucks. */
const OFFICE: readonly Role[] = ['enforcer', 'police', 'registrar', 'auditor', 'admin'];
/** Officers, and a company's person for the own company. */
const PARTIES: readonly Role[] = [...OFFICE, 'carrier'];
const REGISTRARS: readonly Role[] = ['registrar', 'admin'];

export const SCREENS: readonly Screen[] = [
  { id: 'map', title: { zh: '实时监控', en: 'Live map' }, group: 'watch', roles: OFFICE, phone: true, bare: true, load: () => import('./map/MapScreen') },
  { id: 'replay', title: { zh: '轨迹回放', en: 'Replay' }, group: 'watch', roles: OFFICE, load: () => import('./replay/ReplayScreen') },
  { id: 'check', title: { zh: '路面核查', en: 'Roadside check' }, group: 'watch', roles: OFFICE, phone: true, offline: true, load: () => import('./check/CheckScreen') },
  { id: 'wall', title: { zh: '大屏', en: 'Wall screen' }, group: 'watch', roles: OFFICE, bare: true, load: () => import('./wall/WallScreen') },
  { id: 'alerts', title: { zh: '告警', en: 'Alerts' }, group: 'decide', roles: OFFICE, phone: true, load: () => import('./alerts/AlertsScreen') },
  { id: 'review', title: { zh: '违规审核', en: 'Review' }, group: 'decide', roles: OFFICE, phone: true, load: () => import('./review/ReviewScreen') },
  { id: 'tips', title: { zh: '群众举报', en: 'Reports by the public' }, group: 'decide', roles: OFFICE, load: () => import('./tips/TipsScreen') },
  { id: 'carriers', title: { zh: '企业信用', en: 'Company credit' }, group: 'credit', roles: OFFICE, load: () => import('./carriers/CarriersScreen') },
  { id: 'waybills', title: { zh: '电子联单', en: 'Waybills' }, group: 'watch', roles: OFFICE, load: () => import('./waybills/WaybillsScreen') },
  { id: 'cases', title: { zh: '案件', en: 'Cases' }, group: 'decide', roles: PARTIES, load: () => import('./cases/CasesScreen') },
  { id: 'listings', title: { zh: '列入案卷', en: 'Listing files' }, group: 'decide', roles: PARTIES, load: () => import('./listings/ListingsScreen') },
  { id: 'score', title: { zh: '信用记分单', en: 'Credit statement' }, group: 'credit', roles: PARTIES, phone: true, load: () => import('./score/ScoreScreen') },
  { id: 'appeals', title: { zh: '异议与修复', en: 'Appeals' }, group: 'decide', roles: PARTIES, load: () => import('./appeals/AppealsScreen') },
  { id: 'reports', title: { zh: '统计与排名', en: 'Statistics' }, group: 'credit', roles: OFFICE, load: () => import('./reports/ReportsScreen') },
  { id: 'rules', title: { zh: '规则与分值', en: 'Rules and points' }, group: 'credit', roles: 'everyone', load: () => import('./rules/RulesScreen') },
  { id: 'push', title: { zh: '推送状态', en: 'Deliveries' }, group: 'admin', roles: ['auditor', 'admin'], load: () => import('./push/PushScreen') },
  { id: 'blacklist', title: { zh: '黑名单', en: 'Black list' }, group: 'credit', roles: 'everyone', phone: true, load: () => import('./blacklist/BlacklistScreen') },
  { id: 'start', title: { zh: '开始使用', en: 'Getting started' }, group: 'registers', roles: REGISTRARS, load: () => import('./start/StartScreen') },
  { id: 'permits', title: { zh: '准运证', en: 'Permits' }, group: 'registers', roles: [...OFFICE, 'carrier'], load: () => import('./permits/PermitsScreen') },
  { id: 'registers', title: { zh: '登记册', en: 'Registers' }, group: 'registers', roles: OFFICE, load: () => import('./registers/RegistersScreen') },
  { id: 'editor', title: { zh: '围栏与线路', en: 'Zones and routes' }, group: 'registers', roles: REGISTRARS, load: () => import('./editor/EditorScreen') },
  { id: 'import', title: { zh: '导入', en: 'Import' }, group: 'registers', roles: REGISTRARS, load: () => import('./import/ImportScreen') },
  { id: 'terminals', title: { zh: '车载终端', en: 'Terminals' }, group: 'registers', roles: REGISTRARS, load: () => import('./terminals/TerminalsScreen') },
  { id: 'account', title: { zh: '我的账号', en: 'My account' }, group: 'admin', roles: [...OFFICE, 'carrier'], load: () => import('./account/AccountScreen') },
  { id: 'admin', title: { zh: '系统管理', en: 'Administration' }, group: 'admin', roles: ['admin', 'auditor'], load: () => import('./admin/AdminScreen') },
  { id: 'sign-in', title: { zh: '登录', en: 'Sign in' }, group: 'admin', roles: 'everyone', unlisted: true, load: () => import('./sign-in/SignInScreen') },
];

/** The screens a role may open; `null`: nobody is signed in. The service decides anew on every request. */
export function screensOf(role: string | null, screens: readonly Screen[] = SCREENS): Screen[] {
  return screens.filter(({ roles }) => roles === 'everyone' || (role !== null && roles.some((r) => r === role)));
}
