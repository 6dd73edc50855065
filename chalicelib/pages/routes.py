"""The paths of public pages."""

from chalicelib.web.addresses import ANYTHING, pages

routes = pages(
    "chalicelib.pages",
    [
        ("GET", "/", "site.open_portal"),
        ("GET", "/robots.txt", "site.show_robots"),
        ("GET", "/favicon.ico", "site.show_icon"),
        ("GET", "/s/{id}", "views.show_share_page"),
        ("POST", "/s/{id}", "views.get_a_link"),
        ("GET", "/join/{id}", "views.show_join_page"),
        ("POST", "/join/{id}", "views.send_join_form"),
        ("GET", "/ask/{id}", "views.show_ask_page"),
        ("POST", "/ask/{id}", "views.send_ask_form"),
        ("GET", "/f/{id}", "views.show_friend_page"),
        ("GET", "/who/{id}", "who_views.show_question"),
        ("POST", "/who/{id}", "who_views.take_answer"),
        ("GET", "/benefit/{id}", "views.show_benefit"),
        ("GET", "/introduced/{id}", "views.show_introduced"),
        ("POST", "/introduced/{id}", "views.change_introduced"),
        ("GET", "/terms/{id}", "views.show_terms"),
        ("GET", "/goodword.js", "views.show_snippet"),
        ("GET", "/look/{id}", "views.show_logo"),
        ("GET", "/preview", "views.show_preview"),
        ("GET", "/u/{id}", "views.show_stop_page"),
        ("POST", "/u/{id}", "views.stop_emails"),
    ],
    takes=ANYTHING,
)
