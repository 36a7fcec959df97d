/** Where the officer stands, asked once. The browser gives WGS-84. */
export interface Here {
  lat: number;
  lon: number;
}

/** Longest wait for a position. */
const WAIT_MS = 10_000;

export function whereAmI(): Promise<Here> {
  return new Promise((resolve, reject) => {
    if (!('geolocation' in navigator)) {
      reject(new Error('no geolocation'));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude }),
      (error) => reject(new Error(error.message)),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 15_000 },
    );
  });
}
