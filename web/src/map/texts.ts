import { defineTexts } from '../i18n/define';

export const texts = defineTexts({
  zh: { basemap: '底图', basemap_none: '无底图' },
  en: { basemap: 'Basemap', basemap_none: 'No basemap' },
});
