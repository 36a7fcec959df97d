import './tips.css';
import { useLanguage, useTexts } from '../../i18n/define';
import { Goto } from '../../shell/Goto';
import { useAddressState, usePlace } from '../../shell/address';
import { type Column, DataTable } from '../../ui/DataTable';
import { Plate } from '../../ui/Plate';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { type Tip, tipList } from './api';
import { texts } from './texts';
import { TipDetail } from './TipDetail';

const STATES = ['open', 'received', 'taken', 'filed', 'dismissed'] as const;

/** 群众举报: what the public and officers on the street told, and what becomes of it. */
export default function TipsScreen() {
  const { id } = usePlace();
  return id === null ? <List /> : <TipDetail key={id} receipt={id} />;
}

function List() {
  const t = useTexts(texts);
  const language = useLanguage();
  const [asked, setAsked] = useAddressState('state');
  const [before, setBefore] = useAddressState('before', 'push');
  const state = STATES.find((known) => known === asked) ?? 'open';
  const query = new URLSearchParams({ ...(state === 'open' ? {} : { state }), ...(before === null ? {} : { before }) }).toString();
  const [data, retry] = useFetched(`/api/v1/public-reports${query === '' ? '' : `?${query}`}`, tipList);
  const columns: Column<Tip>[] = [
    {
      id: 'receipt',
      head: t('receipt'),
      names_row: true,
      cell: ({ receipt }) => <Goto to={{ screen: 'tips', id: receipt }}>{receipt}</Goto>,
    },
    { id: 'what', head: t('what'), cell: (tip) => (language === 'zh' ? tip.what_zh : tip.what_en) },
    { id: 'plate', head: t('plate'), cell: ({ plate, plate_text }) => (plate === null ? plate_text : <Plate plate={plate} />) },
    { id: 'place', head: t('place'), cell: ({ place }) => place },
    { id: 'occurred', head: t('occurred'), cell: ({ occurred_at }) => <When at={occurred_at} />, sort: ({ occurred_at }) => occurred_at },
    { id: 'origin', head: t('origin'), cell: (tip) => originOf(t, tip) },
    { id: 'state', head: t('state'), cell: (tip) => t.word('state', tip.state) },
  ];
  return (
    <section className="panel tips">
      <div className="tips-filter" role="group" aria-label={t('filter')}>
        {STATES.map((known) => (
          <button
            key={known}
            type="button"
            aria-pressed={known === state}
            onClick={() => {
              setBefore(null);
              setAsked(known === 'open' ? null : known);
            }}
          >
            {t(`state.${known}`)}
          </button>
        ))}
      </div>
      <Loaded data={data} retry={retry}>
        {({ tips, next }) =>
          tips.length === 0 ? (
            <Empty says={state === 'open' ? t('none') : t('none_of')} />
          ) : (
            <>
              <DataTable caption={t('list')} hide_caption columns={columns} rows={tips} rowKey={({ receipt }) => receipt} />
              {next !== null && (
                <button type="button" onClick={() => setBefore(String(next))}>
                  {t('more')}
                </button>
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}

export function originOf(t: ReturnType<typeof useTexts<keyof typeof texts.zh>>, { origin, told_by }: Tip): string {
  return origin === 'officer' ? t('origin.officer', { by: told_by ?? '' }) : t('origin.public');
}
