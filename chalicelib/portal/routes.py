"""The addresses of the portal."""

from chalicelib.web.addresses import pages

routes = pages(
    "chalicelib.portal",
    [
        ("GET", "/portal", "views.show_overview"),
        ("POST", "/portal/link", "session.ask_for_link"),
        ("GET", "/portal/link", "views.go_back"),
        ("GET", "/portal/sign-in/{id}", "session.show_link"),
        ("POST", "/portal/sign-in/{id}", "session.enter"),
        ("POST", "/portal/profile", "session.choose"),
        ("GET", "/portal/profile", "views.go_back"),
        ("GET", "/portal/links", "views.show_links"),
        ("POST", "/portal/links", "views.make_link"),
        ("GET", "/portal/statement", "views.show_statement"),
        ("GET", "/portal/statement.csv", "views.save_statement"),
        ("GET", "/portal/payouts", "views.show_payouts"),
        ("GET", "/portal/settings", "views.show_settings"),
        ("POST", "/portal/settings", "views.save_settings"),
        ("POST", "/portal/emails", "views.choose_emails"),
        ("GET", "/portal/emails", "views.go_back"),
        ("GET", "/portal/feedback", "views.show_feedback"),
        ("POST", "/portal/feedback", "views.take_feedback"),
        ("GET", "/portal/leave", "views.show_leaving"),
        ("POST", "/portal/leave", "views.leave"),
        ("POST", "/portal/come-back", "views.come_back"),
        ("GET", "/portal/come-back", "views.go_back"),
        ("POST", "/portal/sign-out", "session.sign_out"),
        ("GET", "/portal/sign-out", "views.go_back"),
        ("POST", "/portal/sign-out-everywhere", "session.sign_out_everywhere"),
        ("GET", "/portal/sign-out-everywhere", "views.go_back"),
        ("GET", "/portal/{proxy+}", "views.show_nothing"),
    ],
)
