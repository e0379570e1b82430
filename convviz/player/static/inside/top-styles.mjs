// The sheet of the stage of a trained network, and of its upper half.

import { loadSheet } from "../styles.mjs";

await loadSheet("inside/top.css");
