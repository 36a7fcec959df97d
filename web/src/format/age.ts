/** How long something lasted or how long ago it was, in words. */
import type { Language } from '../i18n/language';

const UNITS: Record<Language, { s: string; min: string; h: string; d: string }> = {
  zh: { s: ' 秒', min: ' 分', h: ' 小时', d: ' 天' },
  en: { s: ' s', min: ' min', h: ' h', d: ' d' },
};

/** `45 秒`, `3 分`, `1 小时 20 分`, `2 天`. Never negative: clocks differ. */
export function duration(seconds: number, language: Language): string {
  const unit = UNITS[language];
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}${unit.s}`;
  const min = Math.floor(s / 60);
  if (min < 60) return s % 60 === 0 || min >= 10 ? `${min}${unit.min}` : `${min}${unit.min} ${s % 60}${unit.s}`;
  const h = Math.floor(min / 60);
  if (h < 48) return min % 60 === 0 ? `${h}${unit.h}` : `${h}${unit.h} ${min % 60}${unit.min}`;
  return `${Math.floor(h / 24)}${unit.d}`;
}

/** `3 分前`, `3 min ago`. */
export function ago(seconds: number, language: Language): string {
  return language === 'zh' ? `${duration(seconds, 'zh')}前` : `${duration(seconds, 'en')} ago`;
}
