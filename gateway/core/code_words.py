"""What who writes is told of the code that he sent: one sentence, the same for every code that is not good."""

from __future__ import annotations

from types import MappingProxyType

from gateway.core.facts import CodeState

_PORTUGUESE = {
    CodeState.NOT_SENT: "Para continuar, envie o código de identificação que aparece na sua conta.",
    CodeState.INVALID: "Este código não é válido. Gere um novo na sua conta e envie-o aqui.",
    CodeState.VALID: "Obrigado, o código está certo.",
}
_TURKISH = {
    CodeState.NOT_SENT: "Devam etmek için hesabınızda gösterilen kimlik doğrulama kodunu gönderin.",
    CodeState.INVALID: "Bu kod geçerli değil. Hesabınızda yeni bir kod alın ve buraya gönderin.",
    CodeState.VALID: "Teşekkürler, kod doğru.",
}
_ENGLISH = {
    CodeState.NOT_SENT: "To go on, send the identification code that your account shows.",
    CodeState.INVALID: "This code is not valid. Get a new one in your account and send it here.",
    CodeState.VALID: "Thank you, the code is right.",
}
_WORDS = MappingProxyType({"pt-BR": _PORTUGUESE, "tr": _TURKISH, "en": _ENGLISH})


def for_writer(state: CodeState, locale: str) -> str:
    """`locale`: the tenant's."""
    return _WORDS[locale][state]
