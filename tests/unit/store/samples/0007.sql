BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE attempts (
	id VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	nodes TEXT NOT NULL, 
	hosts TEXT NOT NULL, 
	directory VARCHAR NOT NULL, 
	state VARCHAR, 
	rc INTEGER, 
	message TEXT, 
	started FLOAT NOT NULL, 
	ended FLOAT, 
	interrupted_hosts TEXT, 
	leftovers TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('20261130-061858-ef18d7.000001','20261130-061858-ef18d7','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261130-061858-ef18d7.000001','finished',2,NULL,1.79601953823829627032e+09,1.79601953833562183382e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261130-061858-450d3e.000001','20261130-061858-450d3e','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261130-061858-450d3e.000001','finished',0,NULL,1796019538.44852,1.79601953847333335873e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261130-061858-450d3e.000002','20261130-061858-450d3e','["p/m/t/c"]','["h1", "h2"]','attempts/20261130-061858-450d3e.000002','finished',0,NULL,1.79601953847434353834e+09,1.79601953848188877109e+09,'[]','[]');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	who VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	cluster VARCHAR, 
	task VARCHAR, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1.79601953815743827815e+09,'root@vm, process 6879','task-created','shop','20261130-061858-ef18d7','apply');
INSERT INTO "audit" VALUES(2,1.79601953842720508578e+09,'root@vm, process 6879','task-created','shop','20261130-061858-450d3e','apply');
INSERT INTO "audit" VALUES(3,1.79601953850816702844e+09,'root@vm, process 6879','task-created','shop','20261130-061858-24dd00','verify');
CREATE TABLE blobs (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "blobs" VALUES('70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',400013,X'7801EDD0311500100005C02E3F863C7603264F1B4D1493C276EF1ADC4A1FB5CD91927B3060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103FF07B21FC5C6D947');
CREATE TABLE "clusters" (
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	project VARCHAR DEFAULT 'default' NOT NULL, 
	label VARCHAR, document VARCHAR(64) REFERENCES documents (digest), 
	PRIMARY KEY (name), 
	CONSTRAINT clusters_project_fkey FOREIGN KEY(project) REFERENCES projects (id), 
	CONSTRAINT clusters_by_label UNIQUE (project, label)
);
INSERT INTO "clusters" VALUES('shop',1.79601953809796547885e+09,'default',NULL,NULL);
CREATE TABLE compatibility (
	oldest_program VARCHAR NOT NULL, 
	PRIMARY KEY (oldest_program)
);
INSERT INTO "compatibility" VALUES('0005');
CREATE TABLE contents (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	kept FLOAT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE counters (
	name VARCHAR NOT NULL, 
	label VARCHAR NOT NULL, 
	shard INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	PRIMARY KEY (name, label, shard)
);
INSERT INTO "counters" VALUES('events','',33,19.0);
INSERT INTO "counters" VALUES('step-executions','failed',33,1.0);
INSERT INTO "counters" VALUES('step-executions','ok',33,2.0);
INSERT INTO "counters" VALUES('task-durations','apply 5',33,1.0);
INSERT INTO "counters" VALUES('task-ends','partial',33,1.0);
INSERT INTO "counters" VALUES('task-seconds','apply',33,9.95881557464599609375e-02);
INSERT INTO "counters" VALUES('events','',18,29.0);
INSERT INTO "counters" VALUES('step-executions','changed',18,2.0);
INSERT INTO "counters" VALUES('step-executions','ok',18,4.0);
INSERT INTO "counters" VALUES('task-durations','apply 5',18,1.0);
INSERT INTO "counters" VALUES('task-ends','succeeded',18,1.0);
INSERT INTO "counters" VALUES('task-seconds','apply',18,3.4099102020263671875e-02);
INSERT INTO "counters" VALUES('events','',50,1.0);
CREATE TABLE documents (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	CONSTRAINT documents_by_version UNIQUE (cluster, version)
);
CREATE TABLE events (
	task VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	time FLOAT NOT NULL, 
	attempt VARCHAR, 
	node VARCHAR, 
	host VARCHAR, 
	body TEXT NOT NULL, 
	blob VARCHAR(64), line INTEGER, 
	PRIMARY KEY (task, seq), 
	FOREIGN KEY(blob) REFERENCES blobs (digest), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',1,'task-started',1.79601953823795509337e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1796019538.237955,"result":{"task_id":"20261130-061858-ef18d7","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',2,'attempt-started',1.79601953823829627032e+09,'20261130-061858-ef18d7.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1796019538.2382963,"attempt":"20261130-061858-ef18d7.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261130-061858-ef18d7.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":6879,"started":1444240}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',3,'node-started',1.7960195382383720875e+09,'20261130-061858-ef18d7.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1796019538.238372,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',4,'play-started',1.7960195383353309631e+09,'20261130-061858-ef18d7.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1796019538.335331,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',5,'host-task-started',1.79601953833538126943e+09,'20261130-061858-ef18d7.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1796019538.3353813,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',6,'host-task-started',1.79601953833539175987e+09,'20261130-061858-ef18d7.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1796019538.3353918,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',7,'host-task-finished',1.79601953833541536325e+09,'20261130-061858-ef18d7.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1796019538.3354154,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',8,'host-task-finished',1.79601953833542680744e+09,'20261130-061858-ef18d7.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1796019538.3354268,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"failed","message":"simulated: failed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',9,'play-started',1.79601953833543586725e+09,'20261130-061858-ef18d7.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1796019538.3354359,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',10,'host-task-started',1.79601953833544301982e+09,'20261130-061858-ef18d7.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1796019538.335443,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',11,'host-task-finished',1.79601953833546066283e+09,'20261130-061858-ef18d7.000001','p/m/t/b','h1','{"version":5,"seq":11,"kind":"host-task-finished","time":1796019538.3354607,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',12,'run-stats',1.79601953833547401426e+09,'20261130-061858-ef18d7.000001',NULL,NULL,'{"version":5,"seq":12,"kind":"run-stats","time":1796019538.335474,"attempt":"20261130-061858-ef18d7.000001","result":{"failures":{"h2":1},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',13,'attempt-finished',1.79601953833562183382e+09,'20261130-061858-ef18d7.000001',NULL,NULL,'{"version":5,"seq":13,"kind":"attempt-finished","time":1796019538.3356218,"attempt":"20261130-061858-ef18d7.000001","status":"finished","result":{"rc":2,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',14,'node-started',1.7960195383359689712e+09,'20261130-061858-ef18d7.000001','p/m/t/b',NULL,'{"version":5,"seq":14,"kind":"node-started","time":1796019538.335969,"attempt":"20261130-061858-ef18d7.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',15,'node-skipped',1.79601953833705282209e+09,NULL,'p/m/t/b','h2','{"version":5,"seq":15,"kind":"node-skipped","time":1796019538.3370528,"node":"p/m/t/b","host":"h2","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',16,'node-finished',1.79601953833727240568e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1796019538.3372724,"node":"p/m/t/a","status":"failed","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796019538.3353813,"ended":1796019538.3354154},"h2":{"status":"failed","changed":false,"message":"Simulated: simulated: failed","started":1796019538.3353918,"ended":1796019538.3354268}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',17,'node-finished',1.79601953833737969399e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-finished","time":1796019538.3373797,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796019538.335443,"ended":1796019538.3354607}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',18,'node-skipped',1.79601953833744263644e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":18,"kind":"node-skipped","time":1796019538.3374426,"node":"p/m/t/c","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-ef18d7',19,'task-finished',1.7960195383375432491e+09,NULL,NULL,NULL,'{"version":5,"seq":19,"kind":"task-finished","time":1796019538.3375432,"status":"partial"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',1,'task-started',1.79601953844833350185e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1796019538.4483335,"result":{"task_id":"20261130-061858-450d3e","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',2,'attempt-started',1796019538.44852,'20261130-061858-450d3e.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1796019538.44852,"attempt":"20261130-061858-450d3e.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261130-061858-450d3e.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":6879,"started":1444240}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',3,'node-started',1.79601953844856286049e+09,'20261130-061858-450d3e.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1796019538.4485629,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',4,'play-started',1.79601953847290945055e+09,'20261130-061858-450d3e.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1796019538.4729095,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',5,'host-task-started',1.79601953847296118738e+09,'20261130-061858-450d3e.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1796019538.4729612,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',6,'host-task-started',1.79601953847297787659e+09,'20261130-061858-450d3e.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1796019538.4729779,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',7,'host-task-finished',1.79601953847308683396e+09,'20261130-061858-450d3e.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1796019538.4730868,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',8,'host-task-finished',1.79601953847312116618e+09,'20261130-061858-450d3e.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1796019538.4731212,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',9,'play-started',1.79601953847313451769e+09,'20261130-061858-450d3e.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1796019538.4731345,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',10,'host-task-started',1.7960195384731445313e+09,'20261130-061858-450d3e.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1796019538.4731445,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',11,'host-task-started',1.7960195384731533528e+09,'20261130-061858-450d3e.000001','p/m/t/b','h2','{"version":5,"seq":11,"kind":"host-task-started","time":1796019538.4731534,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/b","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',12,'host-task-finished',1.79601953847316980362e+09,'20261130-061858-450d3e.000001','p/m/t/b','h1','{"version":5,"seq":12,"kind":"host-task-finished","time":1796019538.4731698,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',13,'host-task-finished',1.79601953847318291657e+09,'20261130-061858-450d3e.000001','p/m/t/b','h2','{"version":5,"seq":13,"kind":"host-task-finished","time":1796019538.473183,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/b","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',14,'run-stats',1.79601953847320747375e+09,'20261130-061858-450d3e.000001',NULL,NULL,'{"version":5,"seq":14,"kind":"run-stats","time":1796019538.4732075,"attempt":"20261130-061858-450d3e.000001","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',15,'attempt-finished',1.79601953847333335873e+09,'20261130-061858-450d3e.000001',NULL,NULL,'{"version":5,"seq":15,"kind":"attempt-finished","time":1796019538.4733334,"attempt":"20261130-061858-450d3e.000001","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',16,'node-finished',1.79601953847396039959e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1796019538.4739604,"node":"p/m/t/a","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1796019538.4729612,"ended":1796019538.4730868},"h2":{"status":"changed","changed":true,"message":null,"started":1796019538.4729779,"ended":1796019538.4731212}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',17,'node-started',1.79601953847402691843e+09,'20261130-061858-450d3e.000001','p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-started","time":1796019538.474027,"attempt":"20261130-061858-450d3e.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',18,'node-finished',1.79601953847413802149e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":18,"kind":"node-finished","time":1796019538.474138,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796019538.4731445,"ended":1796019538.4731698},"h2":{"status":"ok","changed":false,"message":null,"started":1796019538.4731534,"ended":1796019538.473183}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',19,'attempt-started',1.79601953847434353834e+09,'20261130-061858-450d3e.000002',NULL,NULL,'{"version":5,"seq":19,"kind":"attempt-started","time":1796019538.4743435,"attempt":"20261130-061858-450d3e.000002","result":{"nodes":["p/m/t/c"],"hosts":["h1","h2"],"directory":"attempts/20261130-061858-450d3e.000002","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":6879,"started":1444240}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',20,'node-started',1.79601953847438812255e+09,'20261130-061858-450d3e.000002','p/m/t/c',NULL,'{"version":5,"seq":20,"kind":"node-started","time":1796019538.4743881,"attempt":"20261130-061858-450d3e.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',21,'play-started',1.79601953848165345195e+09,'20261130-061858-450d3e.000002','p/m/t/c',NULL,'{"version":5,"seq":21,"kind":"play-started","time":1796019538.4816535,"attempt":"20261130-061858-450d3e.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',22,'host-task-started',1.79601953848170924187e+09,'20261130-061858-450d3e.000002','p/m/t/c','h1','{"version":5,"seq":22,"kind":"host-task-started","time":1796019538.4817092,"attempt":"20261130-061858-450d3e.000002","node":"p/m/t/c","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',23,'host-task-started',1.79601953848172235482e+09,'20261130-061858-450d3e.000002','p/m/t/c','h2','{"version":5,"seq":23,"kind":"host-task-started","time":1796019538.4817224,"attempt":"20261130-061858-450d3e.000002","node":"p/m/t/c","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',24,'host-task-finished',1.79601953848175287242e+09,'20261130-061858-450d3e.000002','p/m/t/c','h1','{"version":5,"seq":24,"kind":"host-task-finished","time":1796019538.4817529,"attempt":"20261130-061858-450d3e.000002","node":"p/m/t/c","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',25,'host-task-finished',1.79601953848176789287e+09,'20261130-061858-450d3e.000002','p/m/t/c','h2','{"version":5,"seq":25,"kind":"host-task-finished","time":1796019538.481768,"attempt":"20261130-061858-450d3e.000002","node":"p/m/t/c","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',26,'run-stats',1.79601953848177981376e+09,'20261130-061858-450d3e.000002',NULL,NULL,'{"version":5,"seq":26,"kind":"run-stats","time":1796019538.4817798,"attempt":"20261130-061858-450d3e.000002","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',27,'attempt-finished',1.79601953848188877109e+09,'20261130-061858-450d3e.000002',NULL,NULL,'{"version":5,"seq":27,"kind":"attempt-finished","time":1796019538.4818888,"attempt":"20261130-061858-450d3e.000002","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',28,'node-finished',1.79601953848226475714e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":28,"kind":"node-finished","time":1796019538.4822648,"node":"p/m/t/c","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796019538.4817092,"ended":1796019538.4817529},"h2":{"status":"ok","changed":false,"message":null,"started":1796019538.4817224,"ended":1796019538.481768}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-450d3e',29,'task-finished',1.79601953848243260387e+09,NULL,NULL,NULL,'{"version":5,"seq":29,"kind":"task-finished","time":1796019538.4824326,"status":"succeeded"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-061858-24dd00',1,'run-message',1.0,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"run-message","time":1.0}','70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',NULL);
CREATE TABLE facts (
	cluster VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	gathered FLOAT NOT NULL, 
	PRIMARY KEY (cluster, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE file_trees (
	digest VARCHAR(64) NOT NULL, 
	body TEXT NOT NULL, 
	kept FLOAT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE host_results (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	changed BOOLEAN NOT NULL, 
	message TEXT, 
	caused_by VARCHAR, 
	started FLOAT, 
	ended FLOAT, 
	PRIMARY KEY (task, node, host), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "host_results" VALUES('20261130-061858-ef18d7','p/m/t/a','h1','ok',0,NULL,NULL,1.79601953833538126943e+09,1.79601953833541536325e+09);
INSERT INTO "host_results" VALUES('20261130-061858-ef18d7','p/m/t/a','h2','failed',0,'Simulated: simulated: failed',NULL,1.79601953833539175987e+09,1.79601953833542680744e+09);
INSERT INTO "host_results" VALUES('20261130-061858-ef18d7','p/m/t/b','h1','ok',0,NULL,NULL,1.79601953833544301982e+09,1.79601953833546066283e+09);
INSERT INTO "host_results" VALUES('20261130-061858-ef18d7','p/m/t/b','h2','not-run',0,NULL,'p/m/t/a',NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-061858-ef18d7','p/m/t/c','h1','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-061858-ef18d7','p/m/t/c','h2','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-061858-450d3e','p/m/t/a','h1','changed',1,NULL,NULL,1.79601953847296118738e+09,1.79601953847308683396e+09);
INSERT INTO "host_results" VALUES('20261130-061858-450d3e','p/m/t/a','h2','changed',1,NULL,NULL,1.79601953847297787659e+09,1.79601953847312116618e+09);
INSERT INTO "host_results" VALUES('20261130-061858-450d3e','p/m/t/b','h1','ok',0,NULL,NULL,1.7960195384731445313e+09,1.79601953847316980362e+09);
INSERT INTO "host_results" VALUES('20261130-061858-450d3e','p/m/t/b','h2','ok',0,NULL,NULL,1.7960195384731533528e+09,1.79601953847318291657e+09);
INSERT INTO "host_results" VALUES('20261130-061858-450d3e','p/m/t/c','h1','ok',0,NULL,NULL,1.79601953848170924187e+09,1.79601953848175287242e+09);
INSERT INTO "host_results" VALUES('20261130-061858-450d3e','p/m/t/c','h2','ok',0,NULL,NULL,1.79601953848172235482e+09,1.79601953848176789287e+09);
CREATE TABLE leases (
	cluster VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	task VARCHAR NOT NULL, 
	holder TEXT NOT NULL, 
	acquired FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	released FLOAT, 
	PRIMARY KEY (cluster), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE nodes (
	task VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	caused_by VARCHAR, 
	message TEXT, 
	started FLOAT, 
	ended FLOAT, 
	attempts INTEGER NOT NULL, 
	PRIMARY KEY (task, id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "nodes" VALUES('20261130-061858-ef18d7','p/m/t/a',0,'failed',NULL,NULL,1.7960195382383720875e+09,1.79601953833727240568e+09,1);
INSERT INTO "nodes" VALUES('20261130-061858-ef18d7','p/m/t/b',1,'succeeded',NULL,NULL,1.7960195383359689712e+09,1.79601953833737969399e+09,1);
INSERT INTO "nodes" VALUES('20261130-061858-ef18d7','p/m/t/c',2,'skipped','p/m/t/a',NULL,NULL,1.79601953833744263644e+09,0);
INSERT INTO "nodes" VALUES('20261130-061858-450d3e','p/m/t/a',0,'succeeded',NULL,NULL,1.79601953844856286049e+09,1.79601953847396039959e+09,1);
INSERT INTO "nodes" VALUES('20261130-061858-450d3e','p/m/t/b',1,'succeeded',NULL,NULL,1.79601953847402691843e+09,1.79601953847413802149e+09,1);
INSERT INTO "nodes" VALUES('20261130-061858-450d3e','p/m/t/c',2,'succeeded',NULL,NULL,1.79601953847438812255e+09,1.79601953848226475714e+09,1);
CREATE TABLE outputs (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (task, node, host, name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE plans (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
INSERT INTO "plans" VALUES('62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','shop','p',7,'{"version":7,"cluster":"shop","pipeline":"p","parameters":{},"hosts":[{"name":"h1","address":"h1","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}},{"name":"h2","address":"h2","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}}],"groups":{},"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"graph":{"pipeline":"p","nodes":{"p/m/t/a":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/a","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/b":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/b","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/c":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/c","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null}},"edges":[{"before":"p/m/t/a","after":"p/m/t/b","kind":"host"},{"before":"p/m/t/b","after":"p/m/t/c","kind":"barrier"}],"left_out":{}},"left_out":{},"tags":[],"skip_tags":[],"cut":{},"extra_vars":{},"inventories":[],"environment":[],"unlisted":[],"secrets":{},"facts_ttl":0.0,"layers":[],"digests":{},"node_digests":{},"pair_digests":{},"undoes":null}',1.79601953809796547885e+09);
CREATE TABLE projects (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "projects" VALUES('default','default',1.79601953747733330719e+09);
CREATE TABLE queue (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	request TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	asked FLOAT NOT NULL, 
	process TEXT, 
	tries INTEGER NOT NULL, 
	FOREIGN KEY(project) REFERENCES projects (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE role_bindings (
	user VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	PRIMARY KEY (user, project, role), 
	FOREIGN KEY(user) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE roles (
	name VARCHAR NOT NULL, 
	permissions TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE successes (
	cluster VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	ended FLOAT NOT NULL, 
	PRIMARY KEY (cluster, node, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id)
);
CREATE TABLE "tasks" (
	id VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	command VARCHAR NOT NULL, 
	"plan" VARCHAR(64), 
	directory VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	message TEXT, 
	created FLOAT NOT NULL, 
	started FLOAT, 
	ended FLOAT, 
	document VARCHAR(64), 
	parent VARCHAR, 
	cancel_requested FLOAT, 
	actor TEXT, 
	request TEXT, 
	process TEXT, 
	problem TEXT, 
	asked FLOAT, 
	waiting_for VARCHAR, files VARCHAR(64) REFERENCES file_trees (digest), 
	PRIMARY KEY (id), 
	FOREIGN KEY(document) REFERENCES documents (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY("plan") REFERENCES plans (digest), 
	FOREIGN KEY(parent) REFERENCES tasks (id)
);
INSERT INTO "tasks" VALUES('20261130-061858-ef18d7','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-061858-ef18d7','partial',NULL,1.79601953809796547885e+09,1.79601953823795509337e+09,1.7960195383375432491e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261130-061858-450d3e','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-061858-450d3e','succeeded',NULL,1.79601953841146564478e+09,1.79601953844833350185e+09,1.79601953848243260387e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261130-061858-24dd00','shop','p','verify','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-061858-24dd00','pending',NULL,1.79601953849906396864e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE tokens (
	id VARCHAR NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	user VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	scopes TEXT, 
	created FLOAT NOT NULL, 
	expires FLOAT, 
	used FLOAT, 
	revoked FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE (digest), 
	FOREIGN KEY(user) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE users (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	disabled FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE INDEX ix_attempts_task ON attempts (task);
CREATE INDEX events_by_node ON events (task, node, host);
CREATE INDEX ix_successes_task ON successes (task);
CREATE UNIQUE INDEX events_by_line ON events (attempt, line) WHERE line IS NOT NULL;
CREATE INDEX events_by_blob ON events (blob) WHERE blob IS NOT NULL;
CREATE INDEX ix_tasks_cluster ON tasks (cluster);
CREATE INDEX ix_tasks_created ON tasks (created);
CREATE INDEX tasks_unended ON tasks (status) WHERE ended IS NULL;
CREATE INDEX tasks_by_cluster ON tasks (cluster, created, id);
CREATE INDEX tasks_by_status ON tasks (status, created, id);
DELETE FROM "sqlite_sequence";
COMMIT;
