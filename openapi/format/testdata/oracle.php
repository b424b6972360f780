<?php
// Reads one JSON string a line and answers each with 1 or 0: does Composer read it as a version constraint?
require '/usr/share/php/Composer/Semver/autoload.php';
$parser = new Composer\Semver\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    try {
        $parser->parseConstraints(json_decode($line));
        echo "1\n";
    } catch (Throwable $e) {
        echo "0\n";
    }
}
