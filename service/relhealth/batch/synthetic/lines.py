"""Sentences for synthetic messages, by what the message does. All written for this project.

`{thing}` is what the customer bought, `{number}` an order's number, `{day}` a weekday.
"""

from __future__ import annotations

from typing import Final

THINGS: Final = (
    "kettle", "backpack", "router", "season ticket", "desk lamp", "coffee grinder", "headphones",
    "winter coat", "garden hose", "tablet", "train pass", "blender", "phone case", "suitcase",
)  # fmt: skip

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")

LINES: Final[dict[str, tuple[str, ...]]] = {
    "complaint": (
        "My {thing} arrived broken and the box was soaked.",
        "The {thing} stopped working after two days. This is really disappointing.",
        "Order {number} is a week late and nobody has told me anything.",
        "You charged me twice for the same {thing}.",
        "The {thing} you sent is the wrong one. I am not happy about this.",
        "Your site lost my order {number} and I have been waiting ever since.",
    ),
    "request": (
        "When will order {number} be delivered?",
        "Can you tell me how to return the {thing}?",
        "Does the {thing} come with a warranty?",
        "Could you change the address on order {number}, please?",
        "How do I reset the {thing} to its first settings?",
    ),
    "follow_up": (
        "Is anybody there? I asked about order {number} and heard nothing.",
        "Still not solved. I have written about the {thing} three times now.",
        "I asked on {day} already and got no answer about the {thing}.",
    ),
    "praise": (
        "I love the {thing}, it does exactly what I hoped for.",
        "The person who helped me in your shop on {day} was wonderful.",
        "Best {thing} I have ever owned. Well made.",
        "What a lovely surprise to have the {thing} here a day early. Great work!",
    ),
    "advocacy": (
        "I tell all my friends to get their {thing} from you.",
        "Everyone should try these people, I have been a happy customer for years.",
    ),
    "thanks": (
        "Thank you so much, that was kind of you.",
        "Thanks for sorting this out so quickly!",
        "That is really helpful, thank you.",
    ),
    "works_now": (
        "It works now, the {thing} is running fine.",
        "The new {thing} came today and everything is all right again.",
        "All solved, the refund is in my account.",
    ),
    "forgives": (
        "No worries, these things happen.",
        "It happens to the best. I will give you another try.",
        "Apology accepted, no hard feelings.",
    ),
    "patience": (
        "Take your time, I know you are busy this week.",
        "That is fine, I can wait until {day}.",
    ),
    "information": (
        "The order number is {number} and it came on {day}.",
        "It is the {thing}, I bought it last {day} and I have tried restarting it.",
    ),
    "demand": (
        "I want a full refund and a voucher for my trouble with the {thing}.",
        "You owe me money for this {thing}. I expect compensation today.",
        "Everyone should know how you treat people. What will you pay me for the {thing}?",
    ),
    "ultimatum": (
        "Refund me within the hour or I go to the press.",
        "If the {thing} is not replaced by tonight I will take you to court.",
    ),
    "abuse": (
        "You people are useless idiots.",
        "What a pathetic bunch of liars you are.",
    ),
    "leaving": (
        "I am done with you and taking my business elsewhere.",
        "Cancel everything, I am switching to another company.",
    ),
    "opts_out": (
        "Please stop sending me these messages.",
        "Unsubscribe me from all of this, I do not want to hear from you.",
    ),
    "owns": (
        ("We are sorry about the {thing}. That was our mistake: the parcel was packed badly. "
        "A new one leaves our warehouse today."),
        ("I apologise for the trouble. We let you down on order {number}, the label was ours and "
        "it was wrong. I have just refunded the full amount."),
        ("You are right, and we are sorry. This is our fault, we sent the wrong {thing}. The right "
        "one is on its way with next-day delivery."),
    ),
    "deflects": (
        "As per our terms we are not responsible for delays of order {number}.",
        "You should have checked the {thing} before you opened it.",
        "That is an issue with your bank, not with us.",
        "Our records show that the {thing} left us in good condition.",
    ),
    "helps": (
        "Order {number} left us this morning and will be with you on {day}.",
        "Hold the button of the {thing} for ten seconds and it goes back to its first settings.",
        ("You can return the {thing} within thirty days: print the label in your account, under "
        "orders, and drop it at any post office."),
        "Yes, the {thing} has a warranty of two years, and it starts on the day of delivery.",
        "I have changed the address on order {number} for you just now.",
    ),
    "asks_back": (
        "May I have the order number and the day it came, so that I can look into it?",
        "Which model of the {thing} do you have, and what have you tried so far?",
    ),
    "redirects": (
        "Please call our hotline about this.",
        "Please write to another team through the contact form on our site.",
    ),
    "promises": (
        "We will send you a new {thing} by {day}.",
        "An agent will call you on {day} about order {number}.",
        "I will have the refund for order {number} booked by {day}.",
    ),
    "keeps": (
        "As promised, the new {thing} was handed to you today.",
        "As promised, your refund for order {number} went through this morning.",
    ),
    "overpromises": (
        "This will never happen again, we guarantee you the best service in the world.",
        "You will never have a problem with a {thing} of ours, ever.",
    ),
    "acknowledges": (
        "Thank you for telling us, that made our day. I have passed it on to the team.",
        "We are so glad to read this, thank you for taking the time to write about the {thing}.",
    ),
    "empathy": (
        "That must have been frustrating, I am sorry to hear it.",
        "I would be upset as well in your place.",
    ),
    "goodwill": (
        "As a small kindness we have put a credit of ten on your account.",
        "Your delivery charge is back with you, and the next one is on us.",
    ),
    "promotes": (
        "New in: the {thing} in three fresh colours, 20 % off until {day}!",
        "Our big sale starts on {day}. Every {thing} must go.",
        "Have you seen our latest {thing}? Shop now and save.",
    ),
    "baits": (
        "Like and share if you love your {thing}!",
        "Are we still friends? Tag three people and retweet to win a {thing}.",
        "Follow us and give us five stars today!",
    ),
    "notifies": (
        "Your order {number} has been shipped.",
        "Your invoice for order {number} is ready.",
        "Your parcel with the {thing} was delivered on {day}.",
    ),
}  # fmt: skip
