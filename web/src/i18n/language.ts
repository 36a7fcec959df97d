/** The two languages of the page, and the one chosen. */
export type Language = 'zh' | 'en';

/** What `<html lang>` says: without `zh-CN` fonts pick Japanese forms. */
export const HTML_LANG: Record<Language, string> = { zh: 'zh-CN', en: 'en' };
