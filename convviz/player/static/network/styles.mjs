// The sheets of the network's components.

import { loadSheet } from "../styles.mjs";

await Promise.all([loadSheet("network/page.css"), loadSheet("network/picture.css")]);
