/** A company's credit: the score, why it is so, and what mends it. */
import { points } from '../../format/points';
import { date } from '../../format/time';
import { useTexts } from '../../i18n/define';
import { Sign } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { type Carrier, carrierList } from '../../api/types';
import { usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { DataTable } from '../../ui/DataTable';
import { Notice } from '../../ui/Notice';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { ScoreSheet } from './ScoreSheet';
import { texts } from './texts';

export const BAND_SIGNS: Readonly<Record<string, 'good' | 'warn' | 'bad' | 'info'>> = {
  red_candidate: 'good',
  normal: 'good',
  warning: 'warn',
  interview: 'warn',
  black: 'bad',
};

export default function ScoreScreen() {
  const t = useTexts(texts);
  const { id } = usePlace();
  const { role, company } = useOfficer();
  const uscc = role === 'carrier' ? company : id;
  return (
    <div className="office">
      {uscc !== null ? <ScoreSheet key={uscc} uscc={uscc} /> : role === 'carrier' ? <Notice kind="warn">{t('no_company')}</Notice> : <Companies />}
    </div>
  );
}

function Companies() {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const [data, retry] = useFetched('/api/v1/carriers', carrierList);
  return (
    <Loaded data={data} retry={retry}>
      {({ carriers }) =>
        carriers.length === 0 ? (
          <Empty />
        ) : (
          <DataTable<Carrier>
            caption={t('choose')}
            rows={carriers}
            rowKey={({ uscc }) => uscc}
            columns={[
              { id: 'name', head: s('company'), names_row: true, cell: ({ uscc, name }) => <Goto to={{ id: uscc }}>{name}</Goto>, sort: ({ name }) => name },
              { id: 'score', head: t('list'), number: true, cell: ({ score_centi }) => points(score_centi), sort: ({ score_centi }) => score_centi },
              {
                id: 'band',
                head: s('state'),
                cell: ({ band, listed_since }) => (
                  <>
                    <Sign kind={BAND_SIGNS[band] ?? 'info'}>{s(`band.${band}`)}</Sign>
                    {listed_since !== null && <span className="quiet"> {t('since', { day: date(listed_since) })}</span>}
                  </>
                ),
              },
              { id: 'deductions', head: t('deductions'), number: true, cell: ({ deductions }) => deductions, sort: ({ deductions }) => deductions },
              { id: 'trucks', head: t('fleet'), number: true, cell: ({ trucks }) => trucks, sort: ({ trucks }) => trucks },
            ]}
          />
        )
      }
    </Loaded>
  );
}
