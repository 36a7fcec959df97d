/** A plate as text shows it: `豫A·12345`. */
export function plateText(plate: string): string {
  return plate.length > 2 ? `${plate.slice(0, 2)}·${plate.slice(2)}` : plate;
}

/** A plate as the map shows it: Chinese fonts draw the dot as wide as a character, so a thin space stands there. */
export function plateOnMap(plate: string): string {
  return plate.length > 2 ? `${plate.slice(0, 2)}\u2009${plate.slice(2)}` : plate;
}

/** Whether a search text, typed with or without dots, blanks and capitals, is in the plate. */
export function plateMatches(plate: string, typed: string): boolean {
  return plate.includes(typed.replace(/[\s·•.-]/g, '').toUpperCase());
}
