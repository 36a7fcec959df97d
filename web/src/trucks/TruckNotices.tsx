import { noticeList, type TruckNotice } from '../api/types';
import { dateTime, span } from '../format/time';
import { useText } from '../i18n/text';
import { PanelData } from '../ui/PanelData';
import { useFetched } from '../ui/useFetched';

/** Most notices shown; the service keeps more. */
const SHOWN_MAX = 20;

/** What the truck said of its own reports: those it lost, and tags that may be copies. */
export function TruckNotices({ plate }: { plate: string }) {
  const { t } = useText();
  const [data, retry] = useFetched(`/api/v1/trucks/${encodeURIComponent(plate)}/notices?limit=${SHOWN_MAX}`, noticeList);
  return (
    <section className="truck-notices" aria-labelledby="truck-notices-title">
      <h4 id="truck-notices-title">{t('notices.title')}</h4>
      <PanelData data={data} retry={retry}>
        {({ notices }) => <NoticeRows notices={notices} />}
      </PanelData>
    </section>
  );
}

function NoticeRows({ notices }: { notices: TruckNotice[] }) {
  const { t, word } = useText();
  if (notices.length === 0) return <p className="quiet">{t('notices.none')}</p>;
  return (
    <>
      <ul>
        {notices.map((notice, i) => (
          <li key={i} data-notice={notice.kind}>
            <strong>{t(`notices.${notice.kind}`, { n: notice.count })}</strong> {word(`notices.${notice.kind}`, notice.cause)}
            <br />
            <span className="quiet">{when(notice) ?? t('notices.before', { time: dateTime(notice.before) })}</span>
            {notice.epc !== null && <span className="code"> EPC {notice.epc}</span>}
            {notice.tid !== null && <span className="code"> TID {notice.tid}</span>}
          </li>
        ))}
      </ul>
      {notices.length === SHOWN_MAX && <p className="quiet">{t('notices.newest', { n: SHOWN_MAX })}</p>}
    </>
  );
}

/** From when to when, as far as it is known. */
function when({ from, to }: TruckNotice): string | null {
  const start = from ?? to;
  return start === null ? null : span(start, to ?? start);
}
