import { useEffect, useRef } from 'react';
import { defineTexts, useTexts } from '../i18n/define';
import { useGo, usePlace } from '../shell/address';
import { Goto } from '../shell/Goto';
import { Notice } from '../ui/Notice';
import { useFetched } from '../ui/useFetched';
import { overview } from './api';

export const texts = defineTexts({
  zh: { empty: '登记册还是空的。', start: '从这里开始：登记企业、场所、车辆和准运证' },
  en: { empty: 'The registers are empty.', start: 'Begin here: carriers, sites, trucks and permits' },
});

/** While nothing was ever registered, leads the registrar to the first steps: at the first opening by itself, then by a link. */
export function FirstRun({ role }: { role: string }) {
  const t = useTexts(texts);
  const go = useGo();
  const { screen } = usePlace();
  const opened_at_first = useRef(screen === null || screen === 'map');
  const registers = role === 'registrar' || role === 'admin';
  const [data] = useFetched(registers ? '/api/v1/registers' : null, overview, screen);
  const is_empty = data.kind === 'ready' && data.value.version === 0;
  useEffect(() => {
    if (is_empty && opened_at_first.current) go({ screen: 'start' }, 'replace');
    if (data.kind === 'ready') opened_at_first.current = false;
  }, [is_empty, data.kind, go]);
  if (!is_empty || screen === 'start') return null;
  return (
    <div className="first-run">
      <Notice>
        <p>
          {t('empty')} <Goto to={{ screen: 'start' }}>{t('start')}</Goto>
        </p>
      </Notice>
    </div>
  );
}
