// The page of the API: Swagger UI over this bank's own description. Everything comes from this bank, nothing from afar.
"use strict";

window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    persistAuthorization: false,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
    // the API takes no cookie: a teller who is signed in at the counter is nobody here
    requestInterceptor: (request) => {
      request.credentials = "omit";
      return request;
    },
  });
});
