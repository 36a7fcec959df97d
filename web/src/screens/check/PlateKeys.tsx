import { useState } from 'react';
import { useTexts } from '../../i18n/define';
import { texts } from './texts';

/** The provinces met most around the city first; the rest behind a button. */
const NEAR = '豫冀晋陕鄂皖鲁苏';
const FAR = '京津沪渝云辽黑湘新浙赣桂甘蒙吉闽贵粤青藏川宁琼';
const DIGITS = '1234567890';
/** Without I and O, which no plate has. */
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
/** Characters of a plate of new-energy trucks, the longest. */
export const PLATE_LENGTH_MAX = 8;
const PLATE = new RegExp(`^[${NEAR}${FAR}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]$`, 'u');

/** Whether a text is a whole plate. */
export function isPlate(plate: string): boolean {
  return PLATE.test(plate);
}

/** A keyboard for plates: the province first, then letters and figures; every key is a thumb wide. */
export function PlateKeys({ plate, onChange }: { plate: string; onChange: (plate: string) => void }) {
  const t = useTexts(texts);
  const [far, setFar] = useState(false);
  const type = (key: string) => onChange((plate + key).slice(0, PLATE_LENGTH_MAX));
  const at_start = plate === '';
  const rows = at_start ? [NEAR, ...(far ? [FAR] : [])] : [...(plate.length === 1 ? [] : [DIGITS]), LETTERS];
  return (
    <div className="plate-keys" role="group" aria-label={t('keys')}>
      {rows.map((keys) => (
        <div key={keys} className="plate-row">
          {[...keys].map((key) => (
            <button key={key} type="button" onClick={() => type(key)}>
              {key}
            </button>
          ))}
        </div>
      ))}
      <div className="plate-row wide">
        {at_start && (
          <button type="button" aria-expanded={far} onClick={() => setFar(!far)}>
            {t('other_provinces')}
          </button>
        )}
        <button type="button" disabled={at_start} onClick={() => onChange([...plate].slice(0, -1).join(''))}>
          ⌫ {t('back')}
        </button>
        <button type="button" disabled={at_start} onClick={() => onChange('')}>
          {t('clear')}
        </button>
      </div>
    </div>
  );
}
