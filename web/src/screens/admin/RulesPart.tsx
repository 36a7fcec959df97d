import { points } from '../../format/points';
import { useLanguage, useTexts } from '../../i18n/define';
import { type Column, DataTable } from '../../ui/DataTable';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { type Rule, rules } from './api';
import { texts } from './texts';

/** The catalogue, to be read: every rule in every period it holds or held. */
export function RulesPart() {
  const t = useTexts(texts);
  const language = useLanguage();
  const [data, retry] = useFetched('/api/v1/rules', rules);
  const columns: Column<Rule>[] = [
    { id: 'code', head: t('code'), names_row: true, cell: ({ code }) => code, sort: ({ code }) => code },
    { id: 'rule', head: t('rule'), cell: (rule) => (language === 'zh' ? rule.name_zh : rule.name_en) },
    { id: 'authority', head: t('authority'), cell: ({ authority }) => t.word('authority', authority), sort: ({ authority }) => authority },
    { id: 'points', head: t('points'), number: true, cell: ({ base_centi }) => points(base_centi), sort: ({ base_centi }) => base_centi },
    {
      id: 'valid',
      head: t('valid'),
      cell: ({ valid_from, valid_to }) => (valid_to === null ? t('since', { from: valid_from }) : t('span', { from: valid_from, to: valid_to })),
      sort: ({ valid_from }) => valid_from,
    },
    { id: 'version', head: t('version'), cell: ({ table_version }) => table_version },
    { id: 'law', head: t('law'), cell: ({ legal_basis }) => <span lang="zh-CN">{legal_basis.join('；')}</span> },
  ];
  return (
    <section className="panel" aria-labelledby="admin-rules">
      <h2 id="admin-rules">{t('rules')}</h2>
      <p className="quiet">{t('rules_help')}</p>
      <Loaded data={data} retry={retry}>
        {({ rules: rows }) => (
          <DataTable caption={t('rules')} hide_caption columns={columns} rows={rows} rowKey={({ code, valid_from }) => `${code} ${valid_from}`} />
        )}
      </Loaded>
    </section>
  );
}
