<?php // What the query asks for: a status, a redirect, or a length that is not that of the body.
if (isset($_GET['code'])) http_response_code((int) $_GET['code']);
if (isset($_GET['location'])) header('Location: ' . $_GET['location']);
if (isset($_GET['length'])) header('Content-Length: ' . $_GET['length']);
header('X-Own: 1');
header('Set-Cookie: a=1', false);
header('Set-Cookie: b=2', false);
if (isset($_GET['die'])) {
    echo str_repeat('x', 100000);
    flush();
    posix_kill(getmypid(), 9);
}
echo 'body';
