/**
 * <identification-code endpoint="/account/identification-code"></identification-code>
 *
 * A button that opens a window with the customer's identification code: its remaining time, a copy with one click, a new
 * one when it has expired. One file, nothing from elsewhere, no inline script or style, no HTML made from text: it works
 * under `default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'`.
 *
 * It holds no API key. `endpoint` is an address of the company's own back end, which knows who is logged in and answers
 * `{"code": "…", "valid_for": 300}`. Attributes, events and styling: docs/widget.md of the gateway.
 */
(() => {
  "use strict";

  const NAME = "identification-code";
  const PATIENCE = 15000; // milliseconds until an endpoint that says nothing counts as failed
  const WORTH_SHOWING = 20000; // milliseconds that a code must have left to be shown again
  const COPIED_FOR = 4000; // milliseconds that the button says so

  const TEXTS = {
    "pt-BR": {
      open: "Obter código de identificação",
      title: "Seu código de identificação",
      intro: "Copie o código e cole‑o na conversa com o nosso atendimento. Assim confirmamos que é você.",
      loading: "Gerando o código…",
      ready: "Código pronto.",
      code: "Código:",
      left: "Válido por",
      minute: "Falta um minuto.",
      copy: "Copiar código",
      copied: "Copiado",
      copiedSaid: "Código copiado. Cole‑o na conversa.",
      byHand: "O navegador não deixou copiar. O código está selecionado: copie‑o e cole‑o na conversa.",
      warning: "Use‑o só na conversa que você abriu. Nossa equipe nunca pede este código por telefone ou e‑mail.",
      expired: "Este código expirou",
      expiredHint: "Por segurança, cada código vale pouco tempo. Gere outro quando precisar.",
      renew: "Gerar novo código",
      failed: "Não conseguimos gerar o código",
      failedHint: "A falha foi nossa. Tente de novo daqui a pouco.",
      offline: "Você está sem internet",
      offlineHint: "Verifique a conexão e tente de novo.",
      session: "Sua sessão terminou",
      sessionHint: "Entre de novo na sua conta para receber um código.",
      busy: "Muitos pedidos em pouco tempo",
      busyHint: "Espere um minuto e tente de novo.",
      retry: "Tentar de novo",
      signIn: "Entrar de novo",
      close: "Fechar",
    },
    tr: {
      open: "Kimlik doğrulama kodu al",
      title: "Kimlik doğrulama kodunuz",
      intro: "Kodu kopyalayıp destek sohbetine yapıştırın. Böylece yazanın siz olduğunuzu doğrularız.",
      loading: "Kod oluşturuluyor…",
      ready: "Kod hazır.",
      code: "Kod:",
      left: "Kalan süre",
      minute: "Bir dakika kaldı.",
      copy: "Kodu kopyala",
      copied: "Kopyalandı",
      copiedSaid: "Kod kopyalandı. Sohbete yapıştırın.",
      byHand: "Tarayıcınız kopyalamaya izin vermedi. Kod seçildi: kopyalayıp sohbete yapıştırın.",
      warning: "Yalnızca kendi başlattığınız sohbette kullanın. Temsilcilerimiz bu kodu telefonda veya e‑postayla asla istemez.",
      expired: "Bu kodun süresi doldu",
      expiredHint: "Güvenliğiniz için her kod kısa bir süre geçerlidir. Gerektiğinde yenisini alın.",
      renew: "Yeni kod al",
      failed: "Kod oluşturulamadı",
      failedHint: "Sorun bizden kaynaklanıyor. Lütfen biraz sonra yeniden deneyin.",
      offline: "İnternet bağlantınız yok",
      offlineHint: "Bağlantınızı kontrol edip yeniden deneyin.",
      session: "Oturumunuz sona erdi",
      sessionHint: "Kod almak için hesabınıza yeniden giriş yapın.",
      busy: "Kısa sürede çok fazla istek gönderildi",
      busyHint: "Bir dakika bekleyip yeniden deneyin.",
      retry: "Yeniden dene",
      signIn: "Yeniden giriş yap",
      close: "Kapat",
    },
    en: {
      open: "Get an identification code",
      title: "Your identification code",
      intro: "Copy the code and paste it into your chat with our support team. It confirms that it is you.",
      loading: "Creating your code…",
      ready: "Your code is ready.",
      code: "Code:",
      left: "Valid for",
      minute: "One minute left.",
      copy: "Copy code",
      copied: "Copied",
      copiedSaid: "Code copied. Paste it into the chat.",
      byHand: "Your browser did not allow copying. The code is selected: copy it and paste it into the chat.",
      warning: "Use it only in the chat that you started. Our team never asks for it by phone or e‑mail.",
      expired: "This code has expired",
      expiredHint: "For your security, each code works for a short time only. Get another when you need it.",
      renew: "Get a new code",
      failed: "We could not create a code",
      failedHint: "The problem is on our side. Please try again in a moment.",
      offline: "You are offline",
      offlineHint: "Check your connection and try again.",
      session: "Your session has ended",
      sessionHint: "Sign in to your account again to get a code.",
      busy: "Too many requests in a short time",
      busyHint: "Wait a minute and try again.",
      retry: "Try again",
      signIn: "Sign in again",
      close: "Close",
    },
  };

  const STYLE = `
    :host {
      --_accent: var(--identification-code-accent, #1d4ed8);
      --_on-accent: var(--identification-code-on-accent, #fff);
      --_font: var(--identification-code-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
      --_radius: var(--identification-code-radius, 20px);
      --_back: #fff; --_text: #10172a; --_soft: #4a5568; --_line: #d9dfea; --_tile: #f3f6fc; --_calm: #0b6b47;
      --_warm: #a63a0a; --_shade: rgb(15 23 42 / .5);
      display: inline-block;
      font-family: var(--_font);
    }
    :host([hidden]) { display: none; }
    @media (prefers-color-scheme: dark) {
      :host(:not([theme="light"])) {
        --_accent: var(--identification-code-accent-dark, #8fb4ff);
        --_on-accent: var(--identification-code-on-accent-dark, #0a1530);
        --_back: #141a29; --_text: #f0f4fc; --_soft: #b3bdd0; --_line: #303a50; --_tile: #1e2639; --_calm: #6fd8a8;
        --_warm: #ffb37d; --_shade: rgb(0 0 0 / .65);
      }
    }
    :host([theme="dark"]) {
      --_accent: var(--identification-code-accent-dark, #8fb4ff);
      --_on-accent: var(--identification-code-on-accent-dark, #0a1530);
      --_back: #141a29; --_text: #f0f4fc; --_soft: #b3bdd0; --_line: #303a50; --_tile: #1e2639; --_calm: #6fd8a8;
      --_warm: #ffb37d; --_shade: rgb(0 0 0 / .65);
    }
    * { box-sizing: border-box; }
    .open, .main, .link {
      appearance: none; border: 0; border-radius: 12px; padding: .8em 1.25em; min-height: 48px;
      display: inline-flex; align-items: center; justify-content: center; gap: .55em;
      font: 600 1rem/1.2 var(--_font); text-decoration: none; cursor: pointer;
      color: var(--_on-accent); background: var(--_accent);
    }
    .open:hover, .main:hover { filter: brightness(1.08); }
    .open:active, .main:active { transform: translateY(1px); }
    .open:focus-visible, .main:focus-visible, .close:focus-visible {
      outline: 3px solid var(--_accent); outline-offset: 3px;
    }
    svg { width: 1.2em; height: 1.2em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
      stroke-linejoin: round; flex: none; }

    dialog {
      width: min(31rem, calc(100vw - 2rem)); max-width: none; max-height: calc(100dvh - 2rem); margin: auto; padding: 0;
      border: 1px solid var(--_line); border-radius: var(--_radius); overflow: auto;
      color: var(--_text); background: var(--_back); font: 400 1rem/1.5 var(--_font);
      box-shadow: 0 24px 64px -12px rgb(8 15 35 / .45);
    }
    dialog::backdrop { background: var(--_shade); }
    dialog[open] { animation: rise .22s cubic-bezier(.2, .8, .3, 1); }
    dialog[open]::backdrop { animation: fade .22s ease-out; }
    .inside { padding: 1.5rem; display: grid; gap: 1.1rem; }
    header { display: flex; align-items: flex-start; gap: 1rem; }
    h2 { flex: 1; margin: .35rem 0 0; font: 700 1.3rem/1.25 var(--_font); letter-spacing: -.01em; text-wrap: balance; }
    .close {
      appearance: none; border: 0; border-radius: 50%; width: 44px; height: 44px; flex: none; cursor: pointer;
      margin: -.3rem -.5rem 0 0; display: grid; place-items: center; color: var(--_soft); background: transparent;
      font-size: 1.1rem;
    }
    .close:hover { background: var(--_tile); color: var(--_text); }
    p { margin: 0; text-wrap: pretty; }
    .intro { color: var(--_soft); }
    .stage {
      display: grid; align-content: center; gap: .9rem; min-height: 9rem; padding: 1.15rem 1rem; border-radius: 16px;
      background: var(--_tile); text-align: center;
    }
    .code {
      display: flex; flex-wrap: wrap; justify-content: center; gap: .35rem .9rem; user-select: all;
      -webkit-user-select: all; letter-spacing: .04em; font-variant-ligatures: none;
      font: 700 1.85rem/1.2 ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
    }
    .code span { white-space: nowrap; }
    .time { display: grid; gap: .5rem; justify-items: center; color: var(--_soft); font-size: .95rem; }
    .time b { color: var(--_text); font-variant-numeric: tabular-nums; }
    .track { width: min(14rem, 100%); height: 6px; border-radius: 3px; background: var(--_line); overflow: hidden; }
    .bar { height: 100%; border-radius: 3px; background: var(--_accent); transform-origin: left; transition: transform .5s linear; }
    .ending .bar { background: var(--_warm); }
    .ending b { color: var(--_warm); }
    .trouble { display: grid; gap: .4rem; justify-items: center; }
    .trouble svg { width: 2rem; height: 2rem; color: var(--_warm); }
    .trouble strong { font-size: 1.08rem; }
    .trouble span { color: var(--_soft); text-wrap: balance; }
    .dots { display: flex; justify-content: center; gap: .5rem; }
    .dots i { width: .7rem; height: .7rem; border-radius: 50%; background: var(--_accent); animation: beat 1.1s ease-in-out infinite; }
    .dots i:nth-child(2) { animation-delay: .15s; }
    .dots i:nth-child(3) { animation-delay: .3s; }
    .main { width: 100%; min-height: 54px; font-size: 1.06rem; }
    .main[aria-disabled="true"] { cursor: progress; opacity: .6; }
    .main.done { background: var(--_calm); color: var(--_back); }
    .note { display: flex; gap: .6rem; color: var(--_soft); font-size: .88rem; line-height: 1.45; }
    .note svg { margin-top: .12em; }
    .hand { color: var(--_warm); font-size: .92rem; text-align: center; }
    [hidden] { display: none !important; }
    .unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    textarea.unseen { white-space: pre; border: 0; padding: 0; }

    @media (max-width: 30rem) {
      dialog { width: 100vw; margin: auto 0 0; border-width: 1px 0 0; border-radius: var(--_radius) var(--_radius) 0 0;
        max-height: calc(100dvh - 1rem); }
      .code { display: grid; grid-template-columns: auto auto; gap: .4rem 1.2rem; font-size: 2.1rem; }
      .inside { padding: 1.25rem 1.15rem calc(1.35rem + env(safe-area-inset-bottom)); }
    }
    /* A phone on its side, a window at 200 % zoom: all of it in sight. */
    @media (max-height: 29rem) {
      dialog { max-height: calc(100dvh - 1rem); }
      .inside { gap: .6rem; padding: .8rem 1.25rem .9rem; }
      h2 { margin: .2rem 0 0; font-size: 1.15rem; }
      .stage { gap: .5rem; min-height: 0; padding: .65rem 1rem; }
      .time { gap: .35rem; }
      .main { min-height: 48px; }
    }
    @keyframes rise { from { opacity: 0; transform: translateY(14px) scale(.985); } }
    @keyframes fade { from { opacity: 0; } }
    @keyframes beat { 0%, 100% { opacity: .25; transform: scale(.8); } 45% { opacity: 1; transform: none; } }
    @media (prefers-reduced-motion: reduce) {
      *, dialog[open], dialog[open]::backdrop { animation: none !important; transition: none !important; }
    }
    @media (forced-colors: active) {
      .open, .main, .close, .stage, dialog { border: 2px solid ButtonBorder; }
      .track { border: 1px solid CanvasText; background: Canvas; height: 8px; }
      .bar { background: Highlight; forced-color-adjust: none; }
      .dots i { background: CanvasText; forced-color-adjust: none; }
      .main[aria-disabled="true"] { color: GrayText; }
    }
  `;

  const PICTURES = {
    key: ["M8 11.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z", "M11.2 12.8 20 4m-4 4 3 3"],
    copy: ["M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1Z", "M4 15V4a1 1 0 0 1 1-1h10"],
    done: ["M4.5 12.5 10 18 20 6.5"],
    renew: ["M20 11a8 8 0 1 0-2.4 6.7", "M20 4v7h-7"],
    close: ["M6 6 18 18M18 6 6 18"],
    clock: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z", "M12 7.5V12l3 2"],
    alert: ["M12 3.5 2.5 20h19Z", "M12 10v4.5m0 2.6v.1"],
    offline: ["M3 3 21 21", "M5 12.5a10 10 0 0 1 4.2-2.4M19 12.5a10 10 0 0 0-4.7-2.6", "M8.5 16a5 5 0 0 1 7 0", "M12 19.6v.1"],
    lock: ["M6 11h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1Z", "M8 11V8a4 4 0 0 1 8 0v3"],
    shield: ["M12 3 5 6v5.5c0 4.4 2.9 7.8 7 9.5 4.1-1.7 7-5.1 7-9.5V6Z", "M9 12l2.2 2.2L15.2 10"],
  };
  const TROUBLE_PICTURES = { expired: "clock", failed: "alert", offline: "offline", session: "lock", busy: "clock" };

  const make = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const picture = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    for (const line of PICTURES[name]) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", line);
      svg.append(path);
    }
    return svg;
  };

  /** "F7HK-3RTW" and "F7HK3RTW" alike: as it is written, or by fours. */
  const groupsOf = (code) => {
    const written = code.split(/[-\s]+/).filter(Boolean);
    return written.length > 1 ? written : code.match(/.{1,4}/g);
  };

  const minutes = (milliseconds) => {
    const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  /** How much time has passed. The page's clock may be wrong, set anew or stand still while the device sleeps. */
  class Stopwatch {
    #steady = performance.now();
    #wall = Date.now();

    get passed() {
      return Math.max(performance.now() - this.#steady, Date.now() - this.#wall);
    }
  }

  class Trouble extends Error {
    /** @param {"failed" | "offline" | "session" | "busy"} kind */
    constructor(kind) {
      super(kind);
      this.kind = kind;
    }
  }

  /** What the endpoint answered; `watch` began before the code was made, so that it never seems to live longer. */
  class Shown {
    constructor(code, lives, watch) {
      this.code = code;
      this.lives = lives;
      this.watch = watch;
    }

    get left() {
      return this.lives - this.watch.passed;
    }
  }

  const shownOf = async (response, watch) => {
    let said;
    try {
      said = await response.json();
    } catch {
      throw new Trouble("failed");
    }
    const code = said && said.code;
    if (typeof code !== "string" || !code.trim() || code.length > 100) throw new Trouble("failed");
    let lives = Number(said.valid_for) * 1000;
    if (!(lives > 0)) {
      // By the server's clock alone: what it says of the end against what it says of now.
      const now = Date.parse(response.headers.get("Date") || "") || Date.now();
      lives = Date.parse(said.expires_at) - now;
    }
    if (!(lives > 0)) throw new Trouble("failed");
    return new Shown(code.trim(), lives, watch);
  };

  const kindOf = (response) => {
    if (response.status === 401 || response.status === 403 || response.status === 410) return "session";
    // Whoever is not logged in is led to the form for it.
    if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) return "session";
    return response.status === 429 ? "busy" : "failed";
  };

  class IdentificationCode extends HTMLElement {
    #dialog;
    #parts;
    #said;
    #shown = null;
    #trouble = null;
    #asking = null;
    #ticking = 0;
    #copied = 0;
    #from = null;
    #lastMinute = false;
    #token = null;

    /** Further headers of the request: an object, or a function (also async) that gives one. */
    headers = null;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
      this.#build(root);
    }

    static get observedAttributes() {
      return ["lang"];
    }

    connectedCallback() {
      this.#write();
    }

    disconnectedCallback() {
      this.close();
    }

    attributeChangedCallback() {
      this.#write();
    }

    /** A token that the company signed, for an endpoint of the gateway; as the attribute `token`, without standing there. */
    set token(text) {
      this.#token = text;
    }

    /** Show the window, with a code. */
    open() {
      if (this.#dialog.open) return;
      this.#from = document.activeElement;
      this.#write();
      this.#dialog.showModal();
      this.#parts.main.focus();
      if (this.#shown && this.#shown.left > WORTH_SHOWING) {
        this.#run();
      } else {
        this.#ask();
      }
    }

    close() {
      if (this.#dialog.open) this.#dialog.close();
    }

    // ------------------------------------------------------------------------------------------------ what there is

    #build(root) {
      const opener = make("button", "open", picture("key"), make("span"));
      opener.type = "button";
      opener.setAttribute("part", "button");
      opener.setAttribute("aria-haspopup", "dialog");
      const slot = make("slot", "", opener);
      slot.addEventListener("click", () => this.open());

      const title = make("h2");
      title.id = "title";
      const close = make("button", "close", picture("close"));
      close.type = "button";
      close.addEventListener("click", () => this.close());
      const intro = make("p", "intro");
      intro.id = "intro";

      const loading = make("div", "dots", make("i"), make("i"), make("i"));
      const seen = make("div", "code");
      seen.setAttribute("aria-hidden", "true");
      seen.setAttribute("part", "code");
      const heard = make("p", "unseen");
      const left = make("b");
      const leftLabel = make("span");
      const clock = make("div", "", leftLabel, " ", left);
      clock.setAttribute("role", "timer");
      const bar = make("div", "bar");
      const track = make("div", "track", bar);
      track.setAttribute("aria-hidden", "true");
      const time = make("div", "time", clock, track);
      const ready = make("div", "", seen, heard, time);
      ready.style.display = "contents";
      const trouble = make("div", "trouble");
      const stage = make("div", "stage", loading, ready, trouble);
      stage.setAttribute("part", "stage");

      const main = make("button", "main");
      main.type = "button";
      main.setAttribute("part", "main");
      main.addEventListener("click", () => this.#act());
      const hand = make("p", "hand");
      const warning = make("span");
      const note = make("p", "note", picture("shield"), warning);
      const said = make("p", "unseen");
      said.setAttribute("role", "status");

      this.#dialog = make(
        "dialog",
        "",
        make("div", "inside", make("header", "", title, close), intro, stage, main, hand, note, said),
      );
      this.#dialog.setAttribute("part", "dialog");
      this.#dialog.setAttribute("aria-labelledby", "title");
      this.#dialog.setAttribute("aria-describedby", "intro");
      this.#dialog.addEventListener("close", () => this.#closed());
      this.#dialog.addEventListener("click", (event) => {
        if (event.target === this.#dialog && this.#outside(event)) this.close();
      });
      this.#dialog.addEventListener("keydown", (event) => this.#keepFocus(event));
      this.#said = said;
      this.#parts = {
        opener, title, close, intro, loading, seen, heard, left, leftLabel, bar, time, ready, trouble, main, hand, warning, note,
      };
      root.append(slot, this.#dialog);
      this.#draw();
    }

    get #texts() {
      const near = this.closest("[lang]");
      const asked = (near && near.getAttribute("lang")) || document.documentElement.lang || navigator.language || "";
      const language = asked.toLowerCase().split("-")[0];
      return TEXTS[{ pt: "pt-BR", tr: "tr" }[language] || "en"];
    }

    get #language() {
      return Object.keys(TEXTS).find((name) => TEXTS[name] === this.#texts);
    }

    /** Everything that does not change while the window is open. */
    #write() {
      const texts = this.#texts;
      const { opener, title, close, intro, leftLabel, warning } = this.#parts;
      opener.lastChild.textContent = this.getAttribute("label") || texts.open;
      title.textContent = texts.title;
      close.setAttribute("aria-label", texts.close);
      intro.textContent = texts.intro;
      leftLabel.textContent = texts.left;
      warning.textContent = texts.warning;
      this.#dialog.lang = opener.lang = this.#language;
      this.#draw();
    }

    // ------------------------------------------------------------------------------------------------ asking

    async #ask() {
      if (this.#asking) return;
      const asking = (this.#asking = new AbortController());
      const patience = setTimeout(() => asking.abort(), PATIENCE);
      this.#shown = this.#trouble = null;
      this.#draw();
      this.#say(this.#texts.loading);
      try {
        const shown = await this.#fetched(asking.signal);
        if (this.#asking === asking) this.#arrived(shown);
      } catch (error) {
        if (this.#asking === asking) this.#failed(error instanceof Trouble ? error.kind : "failed");
      } finally {
        clearTimeout(patience);
        if (this.#asking === asking) this.#asking = null;
      }
    }

    async #fetched(signal) {
      const endpoint = this.getAttribute("endpoint");
      if (!endpoint) throw new Trouble("failed");
      const token = this.#token || this.getAttribute("token");
      const headers = new Headers({ Accept: "application/json", "Content-Type": "application/json" });
      for (const [name, value] of Object.entries(await this.#furtherHeaders())) headers.set(name, value);
      const watch = new Stopwatch();
      let response;
      try {
        response = await fetch(endpoint, {
          method: "POST",
          headers,
          body: JSON.stringify(token ? { token } : {}),
          // A token says who it is; without one, the session's cookie does, and it goes to our own site alone.
          credentials: token ? "omit" : "same-origin",
          cache: "no-store",
          redirect: "manual",
          signal,
        });
      } catch {
        throw new Trouble(navigator.onLine === false ? "offline" : "failed");
      }
      if (!response.ok) throw new Trouble(kindOf(response));
      return shownOf(response, watch);
    }

    async #furtherHeaders() {
      const found = {};
      const name = this.getAttribute("csrf-header");
      if (name) {
        const meta = document.querySelector(`meta[name="${CSS.escape(this.getAttribute("csrf-meta") || "csrf-token")}"]`);
        const cookie = this.getAttribute("csrf-cookie");
        const kept = cookie && document.cookie.split("; ").find((pair) => pair.startsWith(`${cookie}=`));
        const value = kept ? decodeURIComponent(kept.slice(cookie.length + 1)) : meta && meta.content;
        if (value) found[name] = value;
      }
      const given = typeof this.headers === "function" ? await this.headers() : this.headers;
      return { ...found, ...given };
    }

    #arrived(shown) {
      this.#shown = shown;
      this.#run();
      this.#tell("shown");
    }

    #failed(kind, event = "failed") {
      this.#trouble = kind;
      this.#draw();
      const texts = this.#texts;
      this.#say(`${texts[kind]}. ${texts[`${kind}Hint`]}`);
      this.#tell(event, { reason: kind });
    }

    // ------------------------------------------------------------------------------------------------ its time

    #run() {
      this.#lastMinute = this.#shown.left <= 60000;
      this.#trouble = null;
      this.#draw();
      this.#say(`${this.#texts.ready} ${this.#texts.left} ${minutes(this.#shown.left)}`);
      clearInterval(this.#ticking);
      this.#ticking = setInterval(() => this.#tick(), 500);
    }

    #tick() {
      const left = this.#shown ? this.#shown.left : 0;
      if (left <= 0) {
        this.#stop();
        this.#shown = null;
        this.#failed("expired", "expired");
        return;
      }
      this.#drawTime();
      if (!this.#lastMinute && left <= 60000) {
        this.#lastMinute = true;
        this.#say(this.#texts.minute);
      }
    }

    #stop() {
      clearInterval(this.#ticking);
      clearTimeout(this.#copied);
      this.#copied = 0;
    }

    // ------------------------------------------------------------------------------------------------ doing

    #act() {
      if (this.#asking) return;
      if (this.#shown) this.#copy();
      else if (this.#trouble === "session") this.#signIn();
      else this.#ask();
    }

    #signIn() {
      const address = this.getAttribute("sign-in");
      if (address) location.assign(address);
      else location.reload();
    }

    async #copy() {
      const { code } = this.#shown;
      const copied = (await this.#copiedByBrowser(code)) || this.#copiedBySelection(code);
      if (!this.#shown || this.#shown.code !== code) return;
      if (!copied) {
        getSelection().selectAllChildren(this.#parts.seen);
        this.#parts.hand.textContent = this.#texts.byHand;
        this.#parts.hand.hidden = false;
        this.#say(this.#texts.byHand);
        return;
      }
      this.#parts.hand.textContent = "";
      clearTimeout(this.#copied);
      this.#copied = setTimeout(() => {
        this.#copied = 0;
        this.#draw();
      }, COPIED_FOR);
      this.#draw();
      this.#say(this.#texts.copiedSaid);
      this.#tell("copied");
    }

    async #copiedByBrowser(code) {
      try {
        await navigator.clipboard.writeText(code);
        return true;
      } catch {
        return false; // Not on a page without TLS, or not allowed.
      }
    }

    #copiedBySelection(code) {
      const area = make("textarea", "unseen");
      area.value = code;
      area.readOnly = true;
      area.tabIndex = -1;
      this.#dialog.append(area);
      area.select();
      let done = false;
      try {
        done = document.execCommand("copy");
      } catch {
        done = false;
      }
      area.remove();
      this.#parts.main.focus();
      return done;
    }

    #closed() {
      this.#stop();
      if (this.#asking) {
        this.#asking.abort();
        this.#asking = null;
      }
      this.#said.textContent = "";
      // Some browsers give no focus to a button that is clicked; and the page may have put away what had it.
      const from = this.#from;
      const lost = !from || !from.isConnected || from === document.body || from === this;
      (lost ? this.firstElementChild || this.#parts.opener : from).focus();
      this.#from = null;
    }

    #outside(event) {
      const box = this.#dialog.getBoundingClientRect();
      const { clientX: x, clientY: y } = event;
      return x < box.left || x > box.right || y < box.top || y > box.bottom;
    }

    /** The rest of the page is inert already; this keeps Tab from the browser's own bars. */
    #keepFocus(event) {
      if (event.key !== "Tab") return;
      const { close, main } = this.#parts;
      const now = this.shadowRoot.activeElement;
      const [first, last] = [close, main];
      if (event.shiftKey ? now === first || now === this.#dialog : now === last) {
        event.preventDefault();
        (event.shiftKey ? last : first).focus();
      }
    }

    // ------------------------------------------------------------------------------------------------ showing

    #draw() {
      const texts = this.#texts;
      const { loading, ready, trouble, main, hand, note, seen, heard, intro } = this.#parts;
      const shown = this.#shown;
      const kind = this.#trouble;
      loading.hidden = Boolean(shown || kind);
      ready.hidden = !shown;
      trouble.hidden = !kind;
      intro.hidden = note.hidden = Boolean(kind);
      if (!shown) hand.textContent = "";
      hand.hidden = !hand.textContent;
      main.setAttribute("aria-disabled", String(!shown && !kind));
      main.classList.toggle("done", Boolean(shown && this.#copied));
      if (shown) {
        const groups = groupsOf(shown.code);
        if (seen.textContent !== groups.join("")) {
          seen.replaceChildren(...groups.map((group) => make("span", "", group)));
          heard.textContent = `${texts.code} ${groups.map((group) => [...group].join(" ")).join(", ")}`;
        }
        this.#drawTime();
        this.#label(this.#copied ? "done" : "copy", this.#copied ? texts.copied : texts.copy);
      } else if (kind) {
        seen.replaceChildren();
        heard.textContent = "";
        trouble.replaceChildren(
          picture(TROUBLE_PICTURES[kind]),
          make("strong", "", texts[kind]),
          make("span", "", texts[`${kind}Hint`]),
        );
        const act = { expired: ["renew", texts.renew], session: ["lock", texts.signIn] }[kind];
        this.#label(...(act || ["renew", texts.retry]));
      } else {
        seen.replaceChildren();
        heard.textContent = "";
        this.#label("copy", texts.copy);
      }
    }

    #drawTime() {
      const { left, bar, time } = this.#parts;
      left.textContent = minutes(this.#shown.left);
      bar.style.transform = `scaleX(${Math.max(0, Math.min(1, this.#shown.left / this.#shown.lives))})`;
      time.classList.toggle("ending", this.#shown.left <= 60000);
    }

    #label(name, text) {
      const { main } = this.#parts;
      if (main.textContent !== text || main.dataset.picture !== name) main.replaceChildren(picture(name), make("span", "", text));
      main.dataset.picture = name;
    }

    /** To those who listen to the page. */
    #say(text) {
      if (this.#dialog.open) this.#said.textContent = text;
    }

    /** To the page's own scripts; never the code. */
    #tell(what, detail = {}) {
      this.dispatchEvent(new CustomEvent(`${NAME}:${what}`, { bubbles: true, composed: true, detail }));
    }
  }

  if (!customElements.get(NAME)) customElements.define(NAME, IdentificationCode);
})();
