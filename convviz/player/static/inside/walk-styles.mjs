// The sheet of the walk.

import { loadSheet } from "../styles.mjs";

await loadSheet("inside/walk.css");
