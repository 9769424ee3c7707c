<?php // A line, and the next one when the file that the query names is there.
header('Content-Type: text/event-stream');
echo "data: first\n\n";
flush();
while (!file_exists($_GET['until'])) {
    usleep(10000);
    clearstatcache();
}
echo "data: second\n\n";
