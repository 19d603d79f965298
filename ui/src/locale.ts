// WebKit under LANG=C calls its language “C”, which Intl refuses; uPlot asks Intl as it loads, and the page would stay
// blank. Nothing here formats anything, so any tag will do.
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
