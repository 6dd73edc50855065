"""The addresses of the admin pages."""

from chalicelib.web.addresses import pages

routes = pages(
    "chalicelib.admin",
    [
        ("POST", "/admin/sign-in", "session.sign_in"),
        ("GET", "/admin/sign-in", "views.go_back"),
        ("POST", "/admin/sign-out", "session.sign_out"),
        ("GET", "/admin/sign-out", "views.go_back"),
        ("GET", "/admin/static/{id}", "views.serve_file"),
        ("GET", "/admin", "views.show_overview"),
        ("GET", "/admin/programs/{id}", "views.show_program"),
        ("GET", "/admin/programs/{id}/partners", "views.show_partners"),
        ("GET", "/admin/programs/{id}/joining", "views.show_joining"),
        ("POST", "/admin/programs/{id}/joining", "views.admit_people"),
        ("GET", "/admin/programs/{id}/check-ins", "views.show_check_ins"),
        ("GET", "/admin/partners/{id}", "views.show_partner"),
        ("GET", "/admin/programs/{id}/terms", "views.show_terms"),
        ("POST", "/admin/programs/{id}/terms", "views.set_terms"),
        ("GET", "/admin/rewards", "views.show_rewards"),
        ("GET", "/admin/rewards/{id}", "views.show_reward"),
        ("POST", "/admin/rewards/{id}", "views.decide_reward"),
        ("GET", "/admin/payouts", "views.show_payouts"),
        ("POST", "/admin/payouts", "views.create_payout"),
        ("GET", "/admin/payouts/{id}", "views.show_payout"),
        ("POST", "/admin/payouts/{id}", "views.settle_payout"),
        ("GET", "/admin/payouts/{id}/export", "views.save_payout"),
        ("GET", "/admin/messages", "views.show_messages"),
        ("POST", "/admin/dead-letters/{id}", "views.redrive_dead_letter"),
        ("GET", "/admin/dead-letters/{id}", "views.go_back"),
        ("POST", "/admin/messages/{id}", "views.retry_message"),
        ("GET", "/admin/messages/{id}", "views.go_back"),
        ("GET", "/admin/feedback", "views.show_feedback"),
        ("GET", "/admin/audit", "views.show_audit_trail"),
        ("GET", "/admin/{proxy+}", "views.show_nothing"),
    ],
)
