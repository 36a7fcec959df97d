import { useMemo } from 'react';
import { type Carrier, carrierDetail } from '../api/types';
import { change, points } from '../format/points';
import { date } from '../format/time';
import { useText } from '../i18n/text';
import { SCORE_CHANGE_SHOWN_MS, type ScoreChange } from '../live/model';
import { useFeed, useLive, useServerNow } from '../live/useLive';
import { Failure, PanelData } from '../ui/PanelData';
import { useFetched } from '../ui/useFetched';
import { useView } from '../view/address';

/** Below this score a company is black-listed; the bar marks it. */
const LISTING_SCORE_CENTI = 6000;
const FULL_SCORE_CENTI = 10_000;

/** Every company's score, lowest first, and how the chosen one's comes about. */
export function CarrierPanel() {
  const { t } = useText();
  const feed = useFeed();
  const data = useLive((model) => model.carriers);
  return (
    <section className="panel carrier-panel" data-panel="carriers" aria-labelledby="carriers-title">
      <h2 id="carriers-title">{t('carriers.title')}</h2>
      <PanelData data={data} retry={() => void feed.load('carriers')}>
        {(carriers) => <CarrierList carriers={carriers} />}
      </PanelData>
    </section>
  );
}

function CarrierList({ carriers }: { carriers: ReadonlyMap<string, Carrier> }) {
  const { t } = useText();
  const { view, go } = useView();
  const changes = useLive((model) => model.score_changes);
  const now_ms = useServerNow() - useLive((model) => model.clock_offset_ms);
  const rows = useMemo(() => [...carriers.values()].sort(lowestFirst), [carriers]);
  if (rows.length === 0) return <p className="state">{t('carriers.none')}</p>;
  return (
    <>
      <p className="quiet">{t('carriers.threshold')}</p>
      <ol className="rows" aria-label={t('carriers.title')}>
        {rows.map((carrier) => {
          const open = carrier.uscc === view.carrier;
          const changed = changes.get(carrier.uscc);
          const fresh = changed !== undefined && now_ms - changed.at < SCORE_CHANGE_SHOWN_MS ? changed : null;
          return (
            <li key={carrier.uscc} data-carrier={carrier.uscc}>
              <CarrierRow carrier={carrier} changed={fresh} open={open} toggle={() => go({ carrier: open ? null : carrier.uscc })} />
              {open && <CarrierExplained carrier={carrier} />}
            </li>
          );
        })}
      </ol>
    </>
  );
}

function lowestFirst(a: Carrier, b: Carrier): number {
  return a.score_centi - b.score_centi || (a.uscc < b.uscc ? -1 : 1);
}

function CarrierRow({
  carrier,
  changed,
  open,
  toggle,
}: {
  carrier: Carrier;
  changed: ScoreChange | null;
  open: boolean;
  toggle: () => void;
}) {
  const { t } = useText();
  return (
    <button type="button" className={`row carrier ${changed === null ? '' : 'changed'}`} aria-expanded={open} onClick={toggle}>
      <span className="line">
        <strong>{carrier.name}</strong>
        <span className="score">{points(carrier.score_centi)}</span>
      </span>
      <ScoreBar carrier={carrier} />
      <span className="line">
        <span className={`tag band-${carrier.band}`}>{t(`carriers.band.${carrier.band}`)}</span>
        <span className="quiet">{t('carriers.deductions', { n: carrier.deductions })}</span>
        <span className="quiet">{t('carriers.trucks', { n: carrier.trucks })}</span>
        {changed !== null && <span className="tag delta">{t('carriers.changed', { change: change(changed.by_centi) })}</span>}
      </span>
    </button>
  );
}

/** The score as a length, with the listing threshold marked; the number stands beside it. */
function ScoreBar({ carrier }: { carrier: Carrier }) {
  const share = (centi: number) => `${Math.min(100, Math.max(0, (centi / FULL_SCORE_CENTI) * 100))}%`;
  return (
    <span className="bar" aria-hidden="true">
      <span className={`bar-fill band-${carrier.band}`} style={{ width: share(carrier.score_centi) }} />
      <span className="bar-mark" style={{ left: share(LISTING_SCORE_CENTI) }} />
    </span>
  );
}

function CarrierExplained({ carrier }: { carrier: Carrier }) {
  const { t, word, language } = useText();
  const [detail, retry] = useFetched(
    `/api/v1/carriers/${encodeURIComponent(carrier.uscc)}`,
    carrierDetail,
    `${carrier.score_centi} ${carrier.deductions}`,
  );
  return (
    <div className="carrier-detail">
      <dl>
        <dt>{t('carriers.uscc')}</dt>
        <dd className="code">{carrier.uscc}</dd>
        <dt>{t('trucks.state')}</dt>
        <dd>
          {word('carriers.status', carrier.status)}
          {carrier.listed_since !== null && ` · ${t('carriers.listed_since', { time: date(carrier.listed_since) })}`}
        </dd>
      </dl>
      <h3>{t('carriers.explanation')}</h3>
      {detail.kind === 'loading' && <p className="state">{t('common.loading')}</p>}
      {detail.kind === 'failed' && <Failure problem={detail.problem} retry={retry} />}
      {detail.kind === 'ready' &&
        (detail.value.explanation.length === 0 ? (
          <p>{t('carriers.no_deductions')}</p>
        ) : (
          <ol className="explanation">
            {detail.value.explanation.map((line, i) => (
              <li key={i}>{line[language]}</li>
            ))}
          </ol>
        ))}
    </div>
  );
}
