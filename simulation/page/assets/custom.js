// What the page's toolkit leaves unsaid: the language, zooming, names of controls, and where each slider stands.
document.documentElement.lang = "en-GB";
document.querySelector("meta[name=viewport]").content = "width=device-width, initial-scale=1";

function put(element, name, value) {
  if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function tell() {
  for (const slider of document.querySelectorAll(".v-input__slider")) {
    const value = Number(slider.querySelector("[role=slider]")?.getAttribute("aria-valuenow"));
    put(slider.querySelector("label"), "data-value", String(Number(value.toFixed(2))));
  }
  for (const box of document.querySelectorAll(".v-select .v-input__slot")) {
    const input = box.querySelector("input:not([type=hidden])");
    const list = box.getAttribute("aria-owns");
    if (list) put(input, "aria-controls", list);
    if (box.hasAttribute("aria-expanded")) put(input, "aria-expanded", box.getAttribute("aria-expanded"));
    put(input, "role", "combobox");
    put(input, "aria-haspopup", "listbox");
    for (const name of ["role", "aria-haspopup", "aria-expanded", "aria-owns"]) box.removeAttribute(name);
  }
  for (const bar of document.querySelectorAll("[role=progressbar]")) put(bar, "aria-label", "Working");
  for (const button of document.querySelectorAll("button")) {
    const names = { "▶": "Play", "❚❚": "Pause" };
    const name = names[button.textContent.trim()];
    if (name) put(button, "aria-label", name);
  }
}

new MutationObserver(tell).observe(document.documentElement, {
  subtree: true, childList: true, characterData: true, attributes: true,
  attributeFilter: ["aria-valuenow", "aria-expanded", "aria-owns", "role"],
});
