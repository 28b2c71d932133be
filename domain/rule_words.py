"""What is wrong with the rules of a field, and what to do."""

from domain.limits import MAX_DECIMALS, MAX_TERMS
from domain.refusals import Words

CONTROL = Words(
    "使用できない文字（改行や制御文字）が含まれています。",
    "This contains characters that cannot be used (line breaks or control characters).",
)
DECIMALS = Words(
    f"小数点以下の桁数は0から{MAX_DECIMALS}までの数字で入力してください。",
    f"Enter a number of decimals from 0 to {MAX_DECIMALS}.",
)
TURNED_AROUND = Words("最大値が最小値より小さくなっています。", "The most is less than the least.")
NO_TERMS = Words(
    "計算のもとにする入力欄を選んでください。", "Choose the fields that this is computed from."
)
MANY_TERMS = Words(
    f"計算のもとにできるのは{MAX_TERMS}個までです。",
    f"This can be computed from at most {MAX_TERMS} fields.",
)
GONE = Words(
    "もとになる入力欄がなくなっています。選び直してください。",
    "The field that this depends on is gone. Choose again.",
)
ELSEWHERE = Words(
    "もとにできるのは、同じ人が入力する欄だけです。選び直してください。",
    "This can depend only on fields of the same person. Choose again.",
)
NOT_STEERING = Words(
    "選んだ入力欄の種類では、この条件を使えません。選び直してください。",
    "This condition does not go with the kind of that field. Choose again.",
)
NO_VALUE = Words("条件の値を入力してください。", "Enter the value of this condition.")
NO_SUCH_VALUE = Words(
    "条件の選択肢がなくなっています。選び直してください。",
    "The option of this condition is gone. Choose again.",
)
NOT_A_TERM = Words(
    "計算のもとにできるのは、数値と金額だけです。選び直してください。",
    "Only numbers and amounts can be computed with. Choose again.",
)
CIRCLE = Words(
    "入力欄どうしが互いを条件や計算のもとにしていて、決まりません。どれか1つを直してください。",
    "These fields depend on each other in a circle. Change one of them.",
)


def needed_elsewhere(title: str, label: str) -> Words:
    """A field of another document depends on what was changed here."""
    return Words(
        f"この変更では、文書「{title}」の入力欄「{label}」の条件または計算のもとがなくなります。"
        f"この文書の入力欄を元に戻すか、文書「{title}」も訂正して入力欄を直してください。",
        f"With this change, the field “{label}” of the document “{title}” loses what its condition "
        f"or sum is made of. Put the fields of this document back, or correct “{title}” as well.",
    )
