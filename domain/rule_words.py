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
    "もとにできるのは、同じ人が同じ文書に入力する欄だけです。選び直してください。",
    "This can depend only on fields of the same person in the same document. Choose again.",
)
NOT_STEERING = Words(
    "条件にできるのは、チェックボックス、選択、プルダウンだけです。選び直してください。",
    "Only a checkbox, a choice or a drop-down list can be a condition. Choose again.",
)
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
