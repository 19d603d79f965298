import './locale';
import { mount } from 'svelte';
import 'uplot/dist/uPlot.min.css';
import './app.css';
import './controls.css';
import App from './App.svelte';
import { backend } from './backend';

/** WebKit runs the script before the style sheet is there; what is measured then has the wrong height. */
function styled(): Promise<unknown> {
  const link = document.querySelector<HTMLLinkElement>('link[rel="stylesheet"]');
  if (link === null || link.sheet !== null) return Promise.resolve();
  return new Promise((resolve) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', resolve);
  });
}

void styled().then(() => mount(App, { target: document.body, props: { backend } }));
