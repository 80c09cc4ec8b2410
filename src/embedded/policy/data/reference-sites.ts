/**
 * Sites that people read and that no one else can watch: a request there tells an attacker nothing, whatever its path. Without sites
 * that show visitors to their authors, redirect to other hosts, or fetch a URL for others. Subdomains are included.
 */
export const REFERENCE_SITES: ReadonlySet<string> = new Set(
  `
  wikipedia.org wikidata.org wiktionary.org wikimedia.org wikivoyage.org wikiquote.org wikisource.org mediawiki.org
  britannica.com merriam-webster.com dictionary.com arxiv.org pubmed.ncbi.nlm.nih.gov ncbi.nlm.nih.gov nih.gov who.int cdc.gov
  nasa.gov noaa.gov weather.gov europa.eu un.org worldbank.org imf.org oecd.org ietf.org rfc-editor.org w3.org iso.org
  developer.mozilla.org ecma-international.org whatwg.org python.org nodejs.org docs.rs rust-lang.org go.dev kernel.org
  kubernetes.io postgresql.org sqlite.org learn.microsoft.com developer.apple.com docs.oracle.com stackoverflow.com
  news.ycombinator.com bbc.com bbc.co.uk reuters.com apnews.com theguardian.com nytimes.com lemonde.fr spiegel.de tagesschau.de
  nature.com science.org ieee.org acm.org imdb.com
  `
    .trim()
    .split(/\s+/),
);
