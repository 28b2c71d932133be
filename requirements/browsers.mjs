// Nothing newer than three years in what browsers load, unless a browser that does not know it does
// as well without. ESLint reads this; what web features are from when, it knows from the packages.
import css from "@eslint/css";
import baseline from "eslint-plugin-baseline-js";
import compat from "eslint-plugin-compat";

const YEAR = 2023;
const BROWSERS = ["chrome 119", "edge 119", "firefox 119", "safari 17.0", "ios_saf 17.0"];

// Each of these is passed over by a browser that does not know it, and nothing is lost but looks.
const BEAUTY = {
  allowAtRules: ["page"],
  allowProperties: [
    "accent-color",
    "forced-color-adjust",
    "resize",
    "text-size-adjust",
    "text-wrap",
    "user-select",
  ],
  allowPropertyValues: { "font-family": ["ui-monospace"], "word-break": ["auto-phrase"] },
  allowSelectors: ["highlight", "selection"],
};

export default [
  { ignores: ["webapp/static/vendor/"] },
  {
    files: ["webapp/**/*.css"],
    plugins: { css },
    language: "css/css",
    rules: { "css/use-baseline": ["error", { available: YEAR, ...BEAUTY }] },
  },
  {
    files: ["webapp/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    plugins: { "baseline-js": baseline, compat },
    settings: { browsers: BROWSERS },
    rules: {
      "baseline-js/use-baseline": ["error", { available: YEAR }],
      "compat/compat": "error",
    },
  },
  {
    // For browsers without modules: what they understood in 2015.
    files: ["webapp/static/js/ending_plain.js"],
    languageOptions: { ecmaVersion: 5, sourceType: "script" },
  },
];
