import { plateText } from '../format/plate';

/** A plate as people write it: `豫A·12345`, never broken over two lines. */
export function Plate({ plate }: { plate: string }) {
  return <span className="plate">{plateText(plate)}</span>;
}
