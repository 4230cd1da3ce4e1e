// <form data-invitation>: puts the code behind the # of an invitation's link into the form and sends it.
// Browsers never send what stands behind the #, so the code is in no log and no Referer.
const form = document.querySelector("form[data-invitation]");
const code = decodeURIComponent(window.location.hash.slice(1));
if (form && code) {
  window.history.replaceState(null, "", window.location.pathname);
  form.elements.code.value = code;
  form.requestSubmit();
}
