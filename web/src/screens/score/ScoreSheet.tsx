import { points } from '../../format/points';
import { useTexts } from '../../i18n/define';
import { Choice, Fact, Facts, Sign } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { usePlace, useGo } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { DataTable } from '../../ui/DataTable';
import { Notice } from '../../ui/Notice';
import { Plate } from '../../ui/Plate';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { appealList } from '../appeals/api';
import { contestedDecoder, type Standing, standing, type Statement, statement, type TruckLine } from './api';
import { Line } from './Line';
import { BAND_SIGNS } from './ScoreScreen';
import { texts } from './texts';
import { Trend } from './Trend';

/** First year the form offers: before it no rule was in force. */
const FIRST_YEAR = 2026;
/** The cap on class C, as the formula that counts has it. */
const PERFECT_CENTI = 10_000;

export function ScoreSheet({ uscc }: { uscc: string }) {
  const { state } = usePlace();
  const path = `/api/v1/carriers/${encodeURIComponent(uscc)}`;
  const cycle = state['cycle'] ?? null;
  const [data, retry] = useFetched(`${path}/statement?format=json${cycle === null ? '' : `&cycle=${cycle}`}`, statement);
  const [place] = useFetched(`${path}/standing`, standing);
  return (
    <Loaded data={data} retry={retry}>
      {(sheet) => <Sheet sheet={sheet} place={place.kind === 'ready' && place.value.cycle === sheet.cycle ? place.value : null} path={path} />}
    </Loaded>
  );
}

function Sheet({ sheet, place, path }: { sheet: Statement; place: Standing | null; path: string }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const go = useGo();
  const officer = useOfficer();
  const years = [];
  for (let year = Math.max(sheet.cycle, FIRST_YEAR, place?.cycle ?? 0); year >= FIRST_YEAR; year -= 1) years.push(String(year));
  return (
    <>
      <div className="toolbar">
        {officer.role !== 'carrier' && (
          <Goto to={{ id: null, state: {} }} className="button">
            ← {s('back_to_list')}
          </Goto>
        )}
        <Choice label={t('year')} value={String(sheet.cycle)} options={years.map((year) => [year, year] as const)} onChange={(year) => go({ state: { cycle: year } })} />
        <Goto to={{ screen: 'rules' }} className="button">
          {t('rules_all')}
        </Goto>
      </div>
      <section className="panel">
        <h2>{sheet.name}</h2>
        <p className="code">{sheet.uscc}</p>
        <Head sheet={sheet} place={place} path={path} />
      </section>
      {place !== null && (
        <section className="panel">
          <h2>{t('trend')}</h2>
          <Trend trend={place.trend} />
        </section>
      )}
      <section className="panel">
        <h2>{t('sum')}</h2>
        <Sum sheet={sheet} />
      </section>
      <section className="panel">
        <h2>
          {t('lines')} <span className="count">{sheet.lines.length}</span>
        </h2>
        {sheet.lines.length === 0 ? <p className="quiet">{t('lines_none')}</p> : sheet.lines.map((line) => <Line key={line.seq} line={line} />)}
      </section>
      <Repairs uscc={sheet.uscc} />
      {sheet.trucks.length > 0 && (
        <section className="panel">
          <DataTable<TruckLine>
            caption={t('trucks')}
            rows={sheet.trucks}
            rowKey={({ plate }) => plate ?? ''}
            columns={[
              { id: 'plate', head: s('truck'), names_row: true, cell: ({ plate }) => (plate === null ? s('none') : <Plate plate={plate} />) },
              { id: 'count', head: t('truck_deductions'), number: true, cell: ({ deductions }) => deductions, sort: ({ deductions }) => deductions },
              { id: 'cost', head: t('truck_cost'), number: true, cell: ({ counted_cp }) => points(counted_cp), sort: ({ counted_cp }) => counted_cp },
              { id: 'score', head: t('truck_score'), number: true, cell: ({ score_cp }) => (score_cp === null ? '—' : points(score_cp)), sort: ({ score_cp }) => score_cp ?? 0 },
              { id: 'last', head: t('truck_last'), cell: ({ last_at }) => <When at={last_at} />, sort: ({ last_at }) => last_at },
            ]}
          />
        </section>
      )}
      <section className="panel no-print">
        <h2>{t('downloads')}</h2>
        <p className="toolbar">
          {(['html', 'csv', 'xlsx'] as const).map((form) => (
            <a key={form} className="button" href={`${path}/statement?format=${form}&cycle=${sheet.cycle}`} {...(form === 'html' ? { target: '_blank', rel: 'noreferrer' } : { download: true })}>
              {form === 'html' ? t('html') : form.toUpperCase()}
            </a>
          ))}
        </p>
      </section>
    </>
  );
}

function Head({ sheet, place, path }: { sheet: Statement; place: Standing | null; path: string }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const [open] = useFetched(`${path}/contested`, contestedDecoder);
  const contested = open.kind === 'ready' && open.value.contested.length > 0 && place !== null ? open.value : null;
  return (
    <>
      <div className="score-head">
        <div>
          <p>{t('score', { year: sheet.cycle })}</p>
          <p className="big-score">{points(sheet.score_cp)}</p>
          <Sign kind={BAND_SIGNS[sheet.band] ?? 'info'}>{s.word('band', sheet.band)}</Sign>
        </div>
        <div>
          {place !== null &&
            (place.rated && place.rank !== null ? (
              <p>{t('rank', { rank: place.rank, n: place.rated_companies })}</p>
            ) : (
              <Notice>
                <strong>{t('not_rated')}</strong>
                <p>{place.not_rated_because === 'trips' ? t('why_trips', { trips: place.trips, min: place.trips_min }) : t('why_registered_days', { min: place.registered_days_min })}</p>
                <p className="quiet">{t('not_rated_note')}</p>
              </Notice>
            ))}
          <ul>
            <li>{sheet.next_above === null ? t('at_top') : t('above', { n: points(sheet.next_above.points_cp), band: s.word('band', sheet.next_above.band) })}</li>
            <li>{sheet.next_below === null ? t('at_bottom') : t('below', { n: points(sheet.next_below.points_cp), band: s.word('band', sheet.next_below.band) })}</li>
          </ul>
        </div>
      </div>
      {contested !== null && (
        <Notice kind="warn">
          <p>{t('contested', { n: contested.contested.length, score: points(contested.score_without_contested_centi) })}</p>
          {contested.blocked && <p>{t('contested_blocks')}</p>}
        </Notice>
      )}
    </>
  );
}

function Sum({ sheet }: { sheet: Statement }) {
  const t = useTexts(texts);
  const take = (centi: number) => (centi === 0 ? '0.00' : `−${points(centi)}`);
  return (
    <Facts>
      <Fact name={t('base')}>{points(PERFECT_CENTI)}</Fact>
      <Fact name={t('a')}>{take(sheet.a_cp)}</Fact>
      <Fact name={t('b')}>{take(sheet.b_cp)}</Fact>
      <Fact name={t('c')}>
        {take(sheet.c_capped_cp)}
        {sheet.c_capped_cp !== sheet.c_cp && <span className="quiet"> {t('c_cap', { cap: points(sheet.c_capped_cp), raw: points(sheet.c_cp) })}</span>}
      </Fact>
      {sheet.haul_relief_cp !== 0 && <Fact name={t('relief')}>+{points(sheet.haul_relief_cp)}</Fact>}
      {sheet.r_cp !== 0 && <Fact name={t('repairs')}>+{points(sheet.r_cp)}</Fact>}
      {sheet.adjust_cp !== 0 && <Fact name={t('adjust')}>{sheet.adjust_cp > 0 ? take(sheet.adjust_cp) : `+${points(-sheet.adjust_cp)}`}</Fact>}
    </Facts>
  );
}

function Repairs({ uscc }: { uscc: string }) {
  const t = useTexts(texts);
  const [data, retry] = useFetched(`/api/v1/appeals?state=open&uscc=${encodeURIComponent(uscc)}`, appealList);
  return (
    <section className="panel">
      <h2>{t('repairs_open')}</h2>
      <Loaded data={data} retry={retry}>
        {({ appeals }) => {
          const open = appeals.filter(({ kind }) => kind === 'repair');
          if (open.length === 0) return <p className="quiet">{t('repairs_none')}</p>;
          return (
            <ul>
              {open.map(({ number, due }) => (
                <li key={number}>
                  <Goto to={{ screen: 'appeals', id: number }} className="row-link">
                    <span className="code">{number}</span> {due}
                  </Goto>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}
